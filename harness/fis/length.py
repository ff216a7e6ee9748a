"""How long an experiment runs."""

from collections.abc import Mapping
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from harness.fis.actions import ACTIONS
from harness.fis.duration import span
from harness.fis.shape import shaped

NO_TIME = timedelta()


def length(template: object) -> timedelta:
    """From its start to the end of its last action: the longest way along startAfter. What is wrong takes no time."""
    return max((end for _, end in action_spans(template).values()), default=NO_TIME)


def action_spans(template: object) -> dict[str, tuple[timedelta, timedelta]]:
    """When each action begins and ends, from the start of the experiment. Empty where actions wait for each other."""
    actions: Mapping[str, Mapping[str, Any]] = shaped(template)[0].get("actions") or {}
    direct = {name: [e for e in a.get("startAfter") or [] if e in actions] for name, a in actions.items()}
    spans: dict[str, tuple[timedelta, timedelta]] = {}
    try:
        for name in TopologicalSorter(direct).static_order():
            starts = max((spans[each][1] for each in direct[name]), default=NO_TIME)
            spans[name] = (starts, starts + min(_lasts(actions[name]), timedelta(days=1)))
    except CycleError:
        return {}
    return spans


def _lasts(action: Mapping[str, Any]) -> timedelta:
    kind, given = ACTIONS.get(action.get("actionId", "")), action.get("parameters") or {}
    found = [span(value) for name in (kind.lengths if kind else ()) if isinstance(value := given.get(name), str)]
    return max((each for each in found if each is not None), default=NO_TIME)
