"""Scheduled actions: sizes that a group gets at a moment, once or again and again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from harness.lab.control.lab import Lab, now
from harness.lab.scaling import activity as words
from harness.lab.scaling.adjustment import bounded
from harness.lab.scaling.group import SCHEDULED, Group
from harness.lab.scaling.groups import Groups

BEAT = 1.0  # model seconds between two looks at the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledAction:
    """What to do at `start`, and every so many model seconds after it until `end`; sizes that are none stay."""

    name: str
    group: str
    region: str
    start: datetime
    every: float | None = None
    end: datetime | None = None
    minimum: int | None = None
    maximum: int | None = None
    desired: int | None = None


def sizes_after(action: ScheduledAction, group: Group) -> tuple[int, int, int]:
    """The minimum, maximum and desired capacity that an action gives a group."""
    low = group.minimum if action.minimum is None else action.minimum
    high = max(low, group.maximum if action.maximum is None else action.maximum)
    return low, high, bounded(group.desired if action.desired is None else action.desired, low, high)


def following(action: ScheduledAction, real_every: float, at: datetime) -> ScheduledAction | None:
    """The action as it stands when it has been done at a moment; none when that was the last time."""
    if action.every is None:
        return None
    missed = int((at - action.start).total_seconds() // real_every)
    start = action.start + timedelta(seconds=(missed + 1) * real_every)
    return None if action.end is not None and start > action.end else replace(action, start=start)


class Schedule:
    """The scheduled actions of every group."""

    def __init__(self, lab: Lab, groups: Groups) -> None:
        self.lab, self.groups = lab, groups
        self.actions: dict[tuple[str, str], ScheduledAction] = {}  # region, name

    def put(self, action: ScheduledAction) -> None:
        """Make or replace an action."""
        self.actions[action.region, action.name] = action

    def of(self, group: Group) -> list[ScheduledAction]:
        """The actions of a group, those that are due first before the others."""
        return sorted((a for a in list(self.actions.values()) if a.region == group.region), key=lambda a: a.start)

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        await self.lab.every(BEAT, self.look)

    async def look(self) -> None:
        """Carry out what is due now."""
        for action in list(self._due(now())):
            self._pass(action)
            group = self.groups.groups[action.region]
            if SCHEDULED not in group.suspended:
                self._carry_out(action, group)

    def _due(self, at: datetime) -> Iterator[ScheduledAction]:
        return (action for action in sorted(self.actions.values(), key=lambda a: a.start) if action.start <= at)

    def _pass(self, action: ScheduledAction) -> None:
        """Have an action wait for its next time, or be gone."""
        real_every = self.lab.real(action.every) if action.every else 0.0
        if (again := following(action, real_every, now())) is None:
            del self.actions[action.region, action.name]
        else:
            self.actions[action.region, action.name] = again

    def _carry_out(self, action: ScheduledAction, group: Group) -> None:
        low, high, desired = sizes_after(action, group)
        group.minimum, group.maximum = low, high
        self.lab.truth.write("scheduled_action", region=group.region, name=action.name, desired=desired)
        self.groups.resize(group, desired, words.by_update((low, high), group.desired, desired, "scheduled action"))
