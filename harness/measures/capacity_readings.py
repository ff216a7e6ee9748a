"""What the watch on capacity saw: readings of each region, each in force until the next one."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.measures.bracket import Bracket
from harness.model.history import Event, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How many instances there were. It became so in the `unseen` real seconds before `at`.

    `healthy` is None where no target group tells it.
    """

    at: float
    unseen: float
    desired: int
    in_service: int
    pending: int
    healthy: int | None

    @property
    def launched(self) -> int:
        """Those that start or serve."""
        return self.in_service + self.pending

    @property
    def serving(self) -> int:
        """Those that get requests: in service, and healthy where that is known."""
        return self.in_service if self.healthy is None else min(self.in_service, self.healthy)

    @property
    def moment(self) -> Bracket:
        """When it became so."""
        return Bracket(after=self.at - self.unseen, until=self.at)


def capacity_readings(history: History) -> Mapping[str, tuple[Reading, ...]]:
    """The readings of each region that was watched, by time; none of one where no look was answered."""
    found: dict[str, list[Reading]] = {str(e.data["region"]): [] for e in history.every("watching capacity")}
    for event in history.every("capacity"):
        found.setdefault(str(event.data["region"]), []).append(_reading(event))
    return {region: tuple(sorted(each, key=lambda reading: reading.at)) for region, each in found.items()}


def _reading(event: Event) -> Reading:
    data = event.data
    healthy = data.get("healthy")
    return Reading(
        at=event.at,
        unseen=float(data.get("poll_interval") or 0.0),
        desired=int(data["desired"]),
        in_service=int(data["in_service"]),
        pending=int(data.get("pending") or 0),
        healthy=None if healthy is None else int(healthy),
    )


def at_moment(readings: Sequence[Reading], at: float) -> Reading | None:
    """The reading in force at a moment; None before the first one."""
    n = bisect_right(readings, at, key=lambda reading: reading.at)
    return readings[n - 1] if n else None


def watched(history: History, region: str) -> Mapping[str, Any]:
    """What the run wrote down about a region's group before it watched it; empty where it did not."""
    told = (e.data for e in history.every("watching capacity") if e.data.get("region") == region)
    return next(told, {})
