"""What clients saw of a region that scaled: new instances that answer them, and latency that is back in its bound."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from harness.measures.bracket import Bracket
from harness.measures.capacity_readings import watched
from harness.measures.capacity_slots import Slot, due_in, populations_of, slots
from harness.measures.demand import Demand
from harness.measures.latency import latency_at
from harness.measures.registry import Scope
from harness.measures.scaling_link import Link, never, seen, unknown
from harness.measures.scaling_links import IN_BOUNDS, SHARE
from harness.measures.units import amount
from harness.model.history import History, Phase
from harness.model.load import Sample

HALF = 0.5
LEAST_EXPECTED = 5
LEAST_REQUESTS = 20
SLOW_SHARE = 0.05
SUSTAINED_SECONDS = 60.0
TIMES_STEADY = 2.0
RECENT_SECONDS = 60.0


def serves_its_share(history: History, region: str, risen: Demand, desired: Link, added: int | None) -> Link:
    """When as many new instances as were asked for first had answered half of an equal share each, in one slot.

    New are those that answered nothing in the minute before demand rose.
    """
    if added is None or desired.at is None:
        return never(SHARE, desired.until, desired.said) if desired.until is not None else unknown(SHARE, desired.said)
    every = slots(history, risen)
    counts = [(slot, _answered(history, slot, region)) for slot in every]
    since = risen.rises - RECENT_SECONDS / history.time_scale
    before = [count for slot, count in counts if since - 1e-6 <= slot.since < risen.rises]
    if not any(before) or not any(count for slot, count in counts if slot.since >= risen.rises):
        return unknown(SHARE, "answers do not say which instance made them")
    old = {name for count in before for name in count}
    return _shared([(s, c) for s, c in counts if s.since >= risen.rises], old, added, risen)


def _answered(history: History, slot: Slot, region: str) -> Mapping[str, int]:
    found = due_in(history, slot, history.populations).instances
    return {instance: count for (where, instance), count in found.items() if where == region and count}


def _shared(counts: Sequence[tuple[Slot, Mapping[str, int]]], old: set[str], added: int, risen: Demand) -> Link:
    telling = [(slot, count) for slot, count in counts if not count or _equal(count) >= LEAST_EXPECTED]
    if not telling:
        return unknown(SHARE, f"no slot had {LEAST_EXPECTED} answers of each instance")
    serving: set[str] = set()
    # One that began in the first half of the slot before would have had its half in that one.
    since = counts[0][0].since - (counts[0][0].until - counts[0][0].since) / 2
    for slot, count in telling:
        serving |= {name for name, number in count.items() if name not in old and number >= HALF * _equal(count)}
        if len(serving) >= added:
            return seen(SHARE, Bracket(after=since, until=slot.until), f"{added} new instances")
        since = (slot.since + slot.until) / 2
    until = min(telling[-1][0].until, risen.falls)
    return never(SHARE, until, f"{len(serving)} of {added} new instances had half of an equal share")


def _equal(count: Mapping[str, int]) -> float:
    """The equal share of each instance that answered."""
    return sum(count.values()) / len(count)


def back_in_bounds(history: History, region: str, risen: Demand) -> Link:
    """From when on the P95 stayed within its bound for a minute, after demand had taken it out."""
    populations = populations_of(history, region)
    bound, which = _bound(history, region, populations)
    if bound is None:
        return unknown(IN_BOUNDS, which)
    said = f"P95 within {amount(bound, 'ms')}, {which}"
    known = [(slot, _is_out(due_in(history, slot, populations), bound)) for slot in slots(history, risen)]
    after = [(slot, out) for slot, out in known if slot.since >= risen.rises - 1e-6]
    up = [out for slot, out in after if slot.since < risen.falls]
    if not _is_known(up):
        return unknown(IN_BOUNDS, f"most slots had fewer than {LEAST_REQUESTS} requests")
    if not any(up):
        start = Bracket(after=risen.rises, until=risen.rises)
        return seen(IN_BOUNDS, start, f"{said}: it never left", stayed=True)
    return _back(after, SUSTAINED_SECONDS / history.time_scale, risen.falls, said)


def _back(known: Sequence[tuple[Slot, bool | None]], sustained: float, falls: float, said: str) -> Link:
    """After the first slot out of bounds that no other one follows within the sustained time, while demand is up."""
    outs = [slot for slot, out in known if out]
    end = known[-1][0].until
    for slot, later in zip(outs, [*(s.since for s in outs[1:]), end], strict=True):
        if slot.until >= falls - 1e-6:
            return never(IN_BOUNDS, falls, f"not while demand was up: {said}")
        if later - slot.until >= sustained - 1e-6:
            if not _is_known([out for s, out in known if 0 <= s.since - slot.until + 1e-6 < sustained]):
                return unknown(IN_BOUNDS, f"most slots of the minute after had fewer than {LEAST_REQUESTS} requests")
            return seen(IN_BOUNDS, Bracket(after=slot.since, until=slot.until), said)
    return never(IN_BOUNDS, outs[-1].until, f"not for a minute: {said}")


def _is_known(outs: Sequence[bool | None]) -> bool:
    """Whether at least half of the slots had enough requests to tell."""
    return bool(outs) and 2 * sum(out is not None for out in outs) >= len(outs)


def _is_out(sample: Sample, bound: float) -> bool | None:
    """Whether more than one request in twenty took longer, or was not answered; None of too few."""
    if sample.requests < LEAST_REQUESTS:
        return None
    fast = sum(count for micros, count in sample.latency.items() if micros <= 1e3 * bound)
    return sample.requests - fast > SLOW_SHARE * sample.requests


def _bound(history: History, region: str, populations: Sequence[str]) -> tuple[float | None, str]:
    """The bound in ms and where it is from; why there is none."""
    declared = watched(history, region).get("p95_bound")
    if declared is not None:
        return float(declared), "the tightest criterion"
    steady = list(_steady(history, populations))
    if not steady:
        return None, "no criterion bounds the P95, and that of the steady phase is not known"
    return TIMES_STEADY * max(steady), "twice that of the steady phase"


def _steady(history: History, populations: Sequence[str]) -> Iterator[float]:
    for population in populations:
        scope = Scope(phase=Phase.STEADY.value, population=population)
        found = latency_at(Fraction(95), history, scope)
        if found.value is not None and not found.evidence.get("at_least"):
            yield found.value
