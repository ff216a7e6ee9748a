"""What is wrong with the order of the actions of a template, and with what may run at the same time."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Any

from harness.fis.action_check import document_of
from harness.fis.documents import DOCUMENTS
from harness.fis.parameter import did_you_mean
from harness.fis.problem import Problem, under

MOST_PARALLEL = 10
MOST_ORDERED = 100  # far more than FIS takes: such a template was refused already

Before = dict[str, set[str]]  # an action -> all that end before it starts


def order_problems(actions: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Names in startAfter that are none, circles, and more at once than FIS takes."""
    for name, action in actions.items():
        for number, earlier in enumerate(action.get("startAfter") or []):
            if earlier not in actions:
                text = f"there is no action {earlier!r}{did_you_mean(earlier, actions)}"
                yield Problem(pointer=under("/actions", name, "startAfter", number), text=text)
    if len(actions) > MOST_ORDERED:
        return
    direct = {name: [e for e in a.get("startAfter") or [] if e in actions] for name, a in actions.items()}
    try:
        order = list(TopologicalSorter(direct).static_order())
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        yield Problem(pointer="/actions", text=f"startAfter goes round in a circle: {circle}")
        return
    before = _before(direct, order)
    at_once = most_at_once(before)
    if at_once > MOST_PARALLEL:
        text = f"{at_once} actions may run at the same time; FIS takes at most {MOST_PARALLEL}"
        yield Problem(pointer="/actions", text=text)
    yield from _document_problems(actions, before)


def _before(direct: Mapping[str, list[str]], order: list[str]) -> Before:
    before: Before = {}
    for name in order:
        before[name] = {e for each in direct[name] for e in (each, *before[each])}
    return before


def most_at_once(before: Before) -> int:
    """The most actions of which none waits for another: all, less the pairs of a largest matching (Dilworth)."""
    partner: dict[str, str] = {}

    def matched(name: str, tried: set[str]) -> bool:
        for earlier in before[name] - tried:
            tried.add(earlier)
            if earlier not in partner or matched(partner[earlier], tried):
                partner[earlier] = name
                return True
        return False

    return len(before) - sum(matched(name, set()) for name in before)


def _document_problems(actions: Mapping[str, Mapping[str, Any]], before: Before) -> Iterator[Problem]:
    """The network documents of FIS cannot run beside each other on the same instances."""
    network = [name for name, a in actions.items() if (d := DOCUMENTS.get(document_of(a))) and d.network]
    for one, other in combinations(network, 2):
        beside = one not in before[other] and other not in before[one]
        if beside and actions[one].get("targets") == actions[other].get("targets"):
            text = f"runs beside {one!r} on the same targets; SSM network documents cannot"
            yield Problem(pointer=under("/actions", other), text=text)
