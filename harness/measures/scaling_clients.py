"""What clients saw of a region that scaled: new instances that answer them, and latency that is back in its bound."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf

from harness.measures.bracket import Bracket
from harness.measures.capacity_readings import watched
from harness.measures.capacity_slots import Slot, due_in, populations_of, slots
from harness.measures.demand import Demand
from harness.measures.latency import percentile_of
from harness.measures.scaling_link import Link, never, seen, unknown
from harness.measures.scaling_links import IN_BOUNDS, SHARE
from harness.measures.units import amount
from harness.model.history import History
from harness.model.load import Sample

HALF = 0.5
LEAST_EXPECTED = 5
LEAST_REQUESTS = 20
SLOW_SHARE = 0.05
SUSTAINED_SECONDS = 60.0
TIMES_BEFORE = 2.0
RECENT_SECONDS = 60.0

Answers = tuple[Slot, Mapping[str, int]]
"""A slot, and how many requests due in it each instance answered."""


def serves_its_share(history: History, region: str, risen: Demand, desired: Link, added: int | None) -> Link:
    """When as many new instances as were asked for first had answered half of an equal share each, in a slot or in as
    many of them as it takes to have enough answers.

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


def _shared(counts: Sequence[Answers], old: set[str], added: int, risen: Demand) -> Link:
    windows = list(_windows(counts))
    if not windows:
        return unknown(SHARE, f"there were never {LEAST_EXPECTED} answers of each instance")
    serving: set[str] = set()
    # One that began in the first half of the slot before would have had its half in that one.
    since = counts[0][0].since - (counts[0][0].until - counts[0][0].since) / 2
    for window, together in windows:
        serving |= {name for name, number in together.items() if name not in old and number >= HALF * _equal(together)}
        if len(serving) >= added:
            return seen(SHARE, Bracket(after=since, until=window[-1][0].until), _new(added))
        since = _halfway(window)
    return never(SHARE, min(since, risen.falls), f"{len(serving)} of {_new(added)} had half of an equal share")


def _windows(counts: Sequence[Answers]) -> Iterator[tuple[Sequence[Answers], Mapping[str, int]]]:
    """Up to the end of each slot, the fewest slots that had enough answers of each instance, where there are any; and
    their sum."""
    for end in range(1, len(counts) + 1):
        together: Counter[str] = Counter()
        for begin in range(end - 1, -1, -1):
            together.update(counts[begin][1])
            if together and _equal(together) >= LEAST_EXPECTED:
                yield counts[begin:end], together
                break


def _halfway(window: Sequence[Answers]) -> float:
    """When half of the answers were given: an instance that served equally since before then would have its half."""
    left = sum(sum(count.values()) for _, count in window) / 2
    for slot, count in window:
        answers = sum(count.values())
        if answers >= left:
            return slot.since + (slot.until - slot.since) * left / answers
        left -= answers
    return window[-1][0].until


def _new(number: int) -> str:
    return "1 new instance" if number == 1 else f"{number} new instances"


def _equal(count: Mapping[str, int]) -> float:
    """The equal share of each instance that answered."""
    return sum(count.values()) / len(count)


def back_in_bounds(history: History, region: str, risen: Demand) -> Link:
    """From when on the P95 stayed within its bound for a minute, after demand had taken it out."""
    populations = populations_of(history, region)
    bound, which = _bound(history, region, risen, populations)
    if bound is None:
        return unknown(IN_BOUNDS, which)
    said = f"P95 within {amount(bound, 'ms')}, {which}"
    after = [(slot, _is_out(sample, bound)) for slot, sample in _together(history, risen, populations)]
    up = [out for slot, out in after if slot.since < risen.falls]
    if not _is_known(up):
        return unknown(IN_BOUNDS, f"most minutes had fewer than {LEAST_REQUESTS} requests")
    if not any(up):
        start = Bracket(after=risen.rises, until=risen.rises)
        return seen(IN_BOUNDS, start, f"{said}: it never left")
    return _back(after, SUSTAINED_SECONDS / history.time_scale, risen.falls, said)


def kept_its_bound(history: History, region: str, risen: Demand) -> bool:
    """Whether it is known of no minute in which demand was up that the P95 was beyond its bound, and of most that it
    was not."""
    populations = populations_of(history, region)
    bound, _ = _bound(history, region, risen, populations)
    if bound is None:
        return False
    minutes = _together(history, risen, populations, enough=inf)
    outs = [_is_out(sample, bound) for minute, sample in minutes if minute.since < risen.falls]
    return _is_known(outs) and not any(outs)


def _together(
    history: History, risen: Demand, populations: Sequence[str], enough: float = LEAST_REQUESTS
) -> Iterator[tuple[Slot, Sample]]:
    """What was due since demand rose, in slots; as many of them together as it takes to have enough requests, up to a
    minute, and none of when demand was up with one of afterwards."""
    longest = SUSTAINED_SECONDS / history.time_scale
    since = None
    for slot in slots(history, risen):
        if slot.since < risen.rises - 1e-6:
            continue
        since = slot.since if since is None else since
        sample = due_in(history, Slot(since=since, until=slot.until), populations)
        fell = slot.since < risen.falls - 1e-6 <= slot.until
        if sample.requests >= enough or slot.until - since >= longest - 1e-6 or fell:
            yield Slot(since=since, until=slot.until), sample
            since = None


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


def _bound(history: History, region: str, risen: Demand, populations: Sequence[str]) -> tuple[float | None, str]:
    """The bound in ms and where it is from, or why there is none. One that was not kept before demand rose is none."""
    declared = watched(history, region).get("p95_bound")
    before = _before(history, risen, populations)
    if declared is not None and not _is_out(before, float(declared)):
        return float(declared), "the tightest criterion"
    if before.requests < LEAST_REQUESTS or before.requests - before.answered > SLOW_SHARE * before.requests:
        return None, "no criterion bounds the P95, and that before demand rose is not known"
    return TIMES_BEFORE * percentile_of(Fraction(95), before.latency, before.requests), "twice that before demand rose"


def _before(history: History, risen: Demand, populations: Sequence[str]) -> Sample:
    """What was due before demand rose."""
    first = next(iter(slots(history, risen)), None)
    if first is None or first.since >= risen.rises - 1e-6:
        return Sample()
    return due_in(history, Slot(since=first.since, until=risen.rises), populations)
