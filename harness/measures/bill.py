"""What a rehearsal used, and what that costs at the prices that were named before it.

Amounts are in model time: the bill is what the same drill costs on AWS. In a lab nobody pays anything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import floor
from typing import Any

from harness.fis.length import action_spans
from harness.model.history import Event, History
from harness.model.prices import Bill, Item, Prices

MINUTE, HOUR = 60.0, 3600.0
LEAST_BILLED = 60.0  # seconds; AWS bills an instance for a minute at least
NOT_BILLED = ("Warmed:Stopped", "Warmed:Hibernated", "Terminated")
OLD = 365
ACTION_MINUTE, INSTANCE_HOUR, WORKER_HOUR = "action-minute", "instance-hour", "worker-hour"
FIS, INSTANCES, WORKERS = "FIS", "instances", "load workers"
_LOAD = re.compile(r"load(-\d+)?")


def prices_of(history: History) -> Prices | None:
    """The prices that were named before the run, if any."""
    event = history.first("prices")
    if event is None:
        return None
    data = event.data
    return Prices(
        name=str(data["name"]),
        date=str(data["date"]),
        source=str(data["source"]),
        fis_action_minute=data.get("fis_action_minute"),
        instance_type=str(data.get("instance_type") or ""),
        instance_hour=dict(data.get("instance_hour") or {}),
        load_worker_hour=data.get("load_worker_hour"),
    )


def bill(history: History, prices: Prices) -> Bill:
    """What the run used."""
    return Bill(items=(_fis(history, prices), *_instances(history, prices), _workers(history, prices)))


def aged(prices: Prices, today: str) -> str:
    """A warning about prices of more than a year ago, in words; `today` is an ISO date or time, "" when unknown."""
    if not today:
        return ""
    days = (date.fromisoformat(today[:10]) - date.fromisoformat(prices.date)).days
    return (
        f"the prices of {prices.name} are of {prices.date}, more than a year ago: look them up again"
        if days > OLD
        else ""
    )


def billed_minutes(seconds: float) -> int:
    """The minutes that FIS bills for an action that was active so long (model seconds): the nearest, at least one."""
    return max(1, floor(seconds / MINUTE + 0.5))


def _fis(history: History, prices: Prices) -> Item:
    lasted = [
        seconds
        for began, templates, ids in _experiments(history)
        for seconds in _active(history, began, templates, ids)
    ]
    minutes = [billed_minutes(each) for each in lasted]
    # When exactly an action ended is not known: each may be a minute less or more.
    least = sum(max(1, each - 1) for each in minutes)
    return Item(
        name=FIS,
        unit=ACTION_MINUTE,
        least=least,
        most=sum(each + 1 for each in minutes),
        price=prices.fis_action_minute,
    )


def _experiments(history: History) -> Iterator[tuple[float, Sequence[Mapping[str, Any]], list[str]]]:
    """When each injection was confirmed, its templates, and the ids of their experiments in the same order."""
    announced = history.every("injecting")
    for injected in history.every("injected"):
        before = [e for e in announced if e.seq < injected.seq]
        templates = [t["template"] for t in before[-1].data.get("templates") or ()] if before else []
        yield injected.at, templates, [str(e.get("id")) for e in injected.data.get("experiments") or ()]


def _active(history: History, began: float, templates: Sequence[Mapping[str, Any]], ids: list[str]) -> Iterator[float]:
    """For how many model seconds each action was active, those that never began left out."""
    ended = {str(e.data.get("id")): e.at for e in history.every("experiment")}
    for template, id_ in zip(templates, ids, strict=False):
        until = (ended.get(id_, history.end) - began) * history.time_scale
        for start, end in action_spans(template).values():
            if start.total_seconds() < until or not start:
                yield max(0.0, min(end.total_seconds(), until) - start.total_seconds())


def _instances(history: History, prices: Prices) -> Iterator[Item]:
    seen = history.every("capacity")
    kinds = {str(i): str(t) for e in seen for i, t in (e.data.get("types") or {}).items()}
    if not seen or _untold(history, seen):
        yield _instance_item(prices, prices.instance_type, None, None)
    hours: dict[str, tuple[float, float]] = {}
    for id_, (least, most) in _lives(history, seen).items():
        kind = kinds.get(id_, prices.instance_type)
        low, high = hours.get(kind, (0.0, 0.0))
        hours[kind] = (low + max(least, LEAST_BILLED) / HOUR, high + max(most, LEAST_BILLED) / HOUR)
    yield from (_instance_item(prices, kind, *each) for kind, each in sorted(hours.items()))


def _untold(history: History, seen: Sequence[Event]) -> bool:
    """Whether a group was never seen, or what served in it was counted and not named: that is not for nothing."""
    watched = {(e.data.get("region"), e.data.get("group")) for e in history.every("watching capacity")}
    if watched - {(e.data.get("region"), e.data.get("group")) for e in seen}:
        return True
    counted = (e.data for e in seen if not e.data.get("instances"))
    return any(int(data.get("in_service") or 0) + int(data.get("pending") or 0) for data in counted)


def _instance_item(prices: Prices, kind: str, least: float | None, most: float | None) -> Item:
    name = f"{INSTANCES} ({kind})" if kind else INSTANCES
    return Item(name=name, unit=INSTANCE_HOUR, least=least, most=most, price=prices.instance_hour.get(kind))


def _lives(history: History, seen: Sequence[Event]) -> dict[str, tuple[float, float]]:
    """Of each instance, for how many model seconds it was billed, at least and at most.

    A change was seen up to `poll_interval` after it happened.
    """
    lives: dict[str, tuple[float, float]] = {}
    groups = {(e.data.get("region"), e.data.get("group")) for e in seen}
    for group in sorted(groups, key=str):
        of_group = [e for e in seen if (e.data.get("region"), e.data.get("group")) == group]
        for here, after in zip(of_group, [*of_group[1:], None], strict=True):
            for id_ in _billed(here):
                first = id_ not in lives
                sure = ((after.at if after else history.end) - here.at) * history.time_scale
                low, high = lives.get(id_, (0.0, 0.0))
                early = _unseen(here, history) if first and here is not of_group[0] else 0.0
                late = _unseen(after, history) if after and id_ not in _billed(after) else 0.0
                lives[id_] = (low + max(0.0, sure - late), high + sure + early)
    return lives


def _unseen(event: Event, history: History) -> float:
    return float(event.data.get("poll_interval") or 0.0) * history.time_scale


def _billed(event: Event) -> frozenset[str]:
    listed = event.data.get("instances") or {}
    return frozenset(str(id_) for id_, lifecycle in listed.items() if lifecycle not in NOT_BILLED)


def _workers(history: History, prices: Prices) -> Item:
    driving, drove = history.first("driving"), history.first("drove")
    loads = [each for name, each in (drove.data.items() if drove else ()) if _LOAD.fullmatch(name)]
    workers = sum(int((each or {}).get("workers") or 1) for each in loads)
    lasted = (drove.at - driving.at) * history.time_scale / HOUR if driving and drove else None
    hours = None if lasted is None else workers * lasted
    return Item(name=WORKERS, unit=WORKER_HOUR, least=hours, most=hours, price=prices.load_worker_hour)
