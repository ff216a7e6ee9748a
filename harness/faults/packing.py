"""Several faults of a drill in as few experiments as FIS allows: it takes five active ones in a region.

Where a region has more at one time, their actions are put together, as many as fit into a template.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.faults.registry import FaultTemplate

MOST_ACTIVE, MOST_PARALLEL = 5, 10
_OF_AN_ACTION = ("description", "actions", "targets")


def packed(templates: Sequence[FaultTemplate]) -> tuple[FaultTemplate, ...]:
    """The templates as they stand, or put together in the regions where they are too many; every action once."""
    crowded = {r for r in {t.region for t in templates} if sum(t.region == r for t in templates) > MOST_ACTIVE}
    alone = [t for t in templates if t.region not in crowded]
    together = [each for region in sorted(crowded) for each in _packed([t for t in templates if t.region == region])]
    return (*alone, *together)


def _packed(templates: list[FaultTemplate]) -> list[FaultTemplate]:
    """First fit: a template for which no other has room opens a new one."""
    bins: list[list[FaultTemplate]] = []
    for each in templates:
        room = next((b for b in bins if _alike(b[0], each) and _fits([*b, each])), None)
        if room is None:
            bins.append([each])
        else:
            room.append(each)
    return [_together(b) for b in bins]


def _alike(one: FaultTemplate, other: FaultTemplate) -> bool:
    """Whether both start at the same time, and but for what they do are the same: role, stop conditions, options."""
    return one.after == other.after and _head(one) == _head(other)


def _head(each: FaultTemplate) -> dict[str, Any]:
    return {key: value for key, value in each.template.items() if key not in _OF_AN_ACTION}


def _fits(together: Sequence[FaultTemplate]) -> bool:
    """Counted as if all actions ran beside each other, which is as many as ever do."""
    return sum(len(t.template["actions"]) for t in together) <= MOST_PARALLEL


def _together(templates: Sequence[FaultTemplate]) -> FaultTemplate:
    if len(templates) == 1:
        return templates[0]
    first = templates[0]
    parts = list(enumerate(templates, start=1))
    template = {
        **first.template,
        "description": "; ".join(str(t.template["description"]) for t in templates)[:512],
        "actions": {f"{n}-{k}": _renamed(a, n) for n, t in parts for k, a in t.template["actions"].items()},
        "targets": {f"{n}-{k}": target for n, t in parts for k, target in t.template["targets"].items()},
    }
    return dataclasses.replace(first, template=template, faults=_names(templates))


def _renamed(action: Mapping[str, Any], number: int) -> dict[str, Any]:
    made = dict(action)
    if targets := action.get("targets"):
        made["targets"] = {key: f"{number}-{name}" for key, name in targets.items()}
    if before := action.get("startAfter"):
        made["startAfter"] = [f"{number}-{name}" for name in before]
    return made


def _names(templates: Iterable[FaultTemplate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for t in templates for name in t.faults))
