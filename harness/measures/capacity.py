"""Whether there was as much capacity as demand needed: instances short, instances idle, headroom at the peak."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.measures.capacity_readings import Reading, at_moment, capacity_readings, watched
from harness.measures.capacity_slots import (
    SHORTEST_SLOT_SECONDS,
    Slot,
    due_in,
    populations_of,
    slot_edges,
    slots,
)
from harness.measures.demand import Demand, demand
from harness.measures.registry import Scope, measure
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.load import total
from harness.model.verdict import Measurement, Relation, unmeasured

SECONDS_A_MINUTE = 60.0
UNIT = "instance-minutes"
ONE_HOME = 0.95
POLLED = {"limited_by": "how often capacity was asked", "remedy": "asking capacity more often"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Supply:
    """A region that serves clients: its readings, by time, and what one instance of it serves, in requests a second."""

    region: str
    readings: tuple[Reading, ...]
    each: float
    populations: tuple[str, ...]


@measure("under-capacity", unit=UNIT, population=False, needs=("load", "profile"), edges=slot_edges)
def under_capacity(history: History, scope: Scope) -> Measurement:
    """Instance-minutes that were short while the load profile ran: instances that demand needed and that did not serve.

    Model minutes, summed over the regions. Demand is the requests that were due, in slots of ten seconds, over what one
    instance serves (capacity_per_instance of the stack); those serve that are in service and healthy.
    """
    return _summed(history, "short", lambda needed, serving: max(0.0, needed - serving))


@measure("over-capacity", unit=UNIT, population=False, needs=("load", "profile"), edges=slot_edges)
def over_capacity(history: History, scope: Scope) -> Measurement:
    """Instance-minutes that were idle while the load profile ran: instances that served and that no demand needed.

    Model minutes, summed over the regions; demand and capacity as for under-capacity.
    """
    return _summed(history, "idle", lambda needed, serving: max(0.0, serving - needed))


@measure(
    "headroom at peak",
    unit="%",
    relation=Relation.AT_LEAST,
    population=False,
    needs=("load", "profile"),
    edges=slot_edges,
)
def headroom_at_peak(history: History, scope: Scope) -> Measurement:
    """How much more than the highest planned rate the serving instances could have served; that of the worst region.

    In percent of demand; negative where they were too few. While the rate stays at its highest the least counts. Demand
    of a region is its populations' share of the requests that were due.
    """
    found = _supplies(history, lambda risen: risen.peak[1])
    if isinstance(found, str):
        return unmeasured("%", found)
    risen, supplies = found
    shares = _shares(history, risen, supplies)
    rooms = {s.region: _room(s, risen, risen.highest * shares[s.region]) for s in supplies if shares[s.region] > 0}
    if not rooms:
        return unmeasured("%", "no request was due while the profile ran")
    region, (low, high, serving) = min(rooms.items(), key=lambda room: room[1][0])
    at = moment(risen.peak[0], history.time_scale)
    wanted = risen.highest * shares[region]
    because = f"{region}: {serving} instances served {wanted:.3g} requests a second at the peak, from {at} on"
    return Measurement(
        value=(low + high) / 2,
        unit="%",
        resolution=(high - low) / 2,
        because=because,
        **(POLLED if high > low else {}),
        evidence={"regions": {name: room[0] for name, room in rooms.items()}, "demand": wanted, "serving": serving},
    )


@measure("most instances", unit="instances", population=False)
def most_instances(history: History, scope: Scope) -> Measurement:
    """The most instances or tasks that were starting or in service at one time, in all regions together."""
    fleets = {region: found for region, found in capacity_readings(history).items() if found}
    if not fleets:
        return unmeasured("instances", "nobody watched the capacity of the stack")
    moments = sorted({reading.at for found in fleets.values() for reading in found})
    counts = {at: _launched(fleets, at) for at in moments}
    at, most = max(counts.items(), key=lambda each: each[1])
    split = {region: reading.launched for region, found in fleets.items() if (reading := at_moment(found, at))}
    because = f"{most} at {moment(at, history.time_scale)}: " + ", ".join(f"{n} in {r}" for r, n in split.items())
    return Measurement(value=float(most), unit="instances", because=because, evidence={"at": at, "regions": split})


def _launched(fleets: Mapping[str, tuple[Reading, ...]], at: float) -> int:
    found = (at_moment(readings, at) for readings in fleets.values())
    return sum(reading.launched for reading in found if reading is not None)


# demand against capacity


def _supplies(history: History, end: Callable[[Demand], float]) -> tuple[Demand, list[_Supply]] | str:
    """What served the demand from the beginning of the profile to an `end`, or why that is not known."""
    risen = demand(history)
    if isinstance(risen, str):
        return risen
    fleets = {r: found for r, found in capacity_readings(history).items() if populations_of(history, r)}
    if not fleets:
        return "nobody watched the capacity of a region that served clients"
    for region, readings in fleets.items():
        if at_moment(readings, risen.began) is None:
            return f"{region}: capacity was not watched when the profile began"
        if (last := readings[-1].at) < end(risen) - SHORTEST_SLOT_SECONDS:
            return f"{region}: capacity was not watched to the end, but until {moment(last, risen.time_scale)} only"
        if not watched(history, region).get("capacity_per_instance"):
            return f"{region}: what one instance serves is not known; write capacity_per_instance into the stack"
    return _astray(history, risen) or (risen, [_supply(history, region, each) for region, each in fleets.items()])


def _astray(history: History, risen: Demand) -> str:
    """Whose demand a population was is open where another region than its own answered more than a few of it."""
    inside = [slot for slot in slots(history, risen) if _is_inside(slot, risen)]
    for population in history.populations:
        sample = total(due_in(history, slot, (population,)) for slot in inside)
        served = {r: sample.served_by(r) for _, r in sample.outcomes if r is not None and sample.served_by(r)}
        if served and max(served.values()) < ONE_HOME * sum(served.values()):
            by = " and ".join(sorted(served, key=lambda region: -served[region]))
            return f"{population} was served by {by} while the profile ran: whose demand it was is not known"
    return ""


def _supply(history: History, region: str, readings: tuple[Reading, ...]) -> _Supply:
    return _Supply(
        region=region,
        readings=readings,
        each=float(watched(history, region)["capacity_per_instance"]),
        populations=populations_of(history, region),
    )


def _summed(history: History, what: str, missing: Callable[[float, int], float]) -> Measurement:
    found = _supplies(history, lambda risen: risen.ended)
    if isinstance(found, str):
        return unmeasured(UNIT, found)
    risen, supplies = found
    parts = {s.region: _instance_minutes(history, s, risen, missing) for s in supplies}
    value = sum(parts.values())
    worst = max(parts, key=lambda region: parts[region])
    error = sum(_unsure(s, risen) for s in supplies) * history.time_scale / SECONDS_A_MINUTE
    because = f"{amount(value, UNIT)} {what} while the profile ran, most in {worst} ({amount(parts[worst], UNIT)})"
    limits = POLLED if error else {}
    return Measurement(value=value, unit=UNIT, resolution=error, because=because, **limits, evidence={"regions": parts})


def _is_inside(slot: Slot, risen: Demand) -> bool:
    """Whether most of a slot lies in the profile."""
    return risen.began <= (slot.since + slot.until) / 2 < risen.ended


def _instance_minutes(
    history: History, supply: _Supply, risen: Demand, missing: Callable[[float, int], float]
) -> float:
    """What was missing over the slots of the profile, in model minutes."""
    real = 0.0
    for slot in slots(history, risen):
        if _is_inside(slot, risen):
            due = due_in(history, slot, supply.populations).requests / (slot.until - slot.since)
            real += sum(missing(due / supply.each, serving) * lasts for serving, lasts in _steps(supply, slot))
    return real * history.time_scale / SECONDS_A_MINUTE


def _steps(supply: _Supply, slot: Slot) -> Iterator[tuple[int, float]]:
    """How many served in a slot, and for how many seconds."""
    inside = [r.at for r in supply.readings if slot.since < r.at < slot.until]
    edges = [slot.since, *inside, slot.until]
    for since, until in pairwise(edges):
        reading = at_moment(supply.readings, since)
        yield reading.serving if reading else 0, until - since


def _unsure(supply: _Supply, risen: Demand) -> float:
    """How many instance-seconds hang on when between two looks capacity changed."""
    readings = supply.readings
    pairs = [(a, b) for a, b in pairwise(readings) if risen.began < b.at <= risen.ended]
    return sum(abs(b.serving - a.serving) * b.unseen for a, b in pairs)


def _shares(history: History, risen: Demand, supplies: list[_Supply]) -> dict[str, float]:
    """Each region's part of the requests that were due while the profile ran."""
    inside = [slot for slot in slots(history, risen) if _is_inside(slot, risen)]
    due = {s.region: sum(due_in(history, slot, s.populations).requests for slot in inside) for s in supplies}
    whole = sum(due_in(history, slot, history.populations).requests for slot in inside)
    return {region: number / whole if whole else 0.0 for region, number in due.items()}


def _room(supply: _Supply, risen: Demand, wanted: float) -> tuple[float, float, int]:
    """The headroom where capacity changed as late, and as early, as the looks allow, and the fewest that served."""
    early = tuple(replace(r, at=r.at - r.unseen) for r in supply.readings)
    counts = sorted(_fewest(readings, *risen.peak) for readings in (supply.readings, early))
    low, high = (100 * (supply.each * serving / wanted - 1) for serving in counts)
    return low, high, counts[0]


def _fewest(readings: Sequence[Reading], since: float, until: float) -> int:
    """The fewest that served at any time in [since, until]."""
    first = at_moment(readings, since)
    return min(r.serving for r in (first, *readings) if r is not None and (r is first or since < r.at <= until))
