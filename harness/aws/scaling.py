"""What EC2 Auto Scaling and Application Auto Scaling both have: policies with alarms, and activities."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPolicy:
    """A scaling policy and the names of its alarms.

    `adds` says whether its alarms add capacity (True) or take it away; None where each alarm says it by its comparison,
    as those of target tracking do.
    """

    name: str
    alarms: tuple[str, ...]
    adds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One scaling activity as AWS tells it; `ended` None while it goes on."""

    id: str
    description: str
    cause: str
    status: str
    started: datetime
    ended: datetime | None


def begun_since(told: Iterable[Mapping[str, Any]], since: datetime) -> tuple[Activity, ...]:
    """The activities that began after a moment, the oldest first; AWS tells the newest ones first, page by page."""
    return tuple(sorted(_until_older(told, since), key=lambda activity: activity.started))


def _until_older(told: Iterable[Mapping[str, Any]], since: datetime) -> Iterator[Activity]:
    for each in told:
        if each["StartTime"] < since:
            return
        yield Activity(
            id=each["ActivityId"],
            description=each.get("Description", ""),
            cause=each.get("Cause", ""),
            status=each["StatusCode"],
            started=each["StartTime"],
            ended=each.get("EndTime"),
        )


def adds(adjustments: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether adjustments add capacity; None where there is none."""
    known = [each["ScalingAdjustment"] for each in adjustments if each.get("ScalingAdjustment")]
    return max(known) > 0 if known else None
