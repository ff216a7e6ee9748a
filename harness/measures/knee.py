"""The knee of the latency curve: the request rate from which on answers take much longer, seen on a ramp.

The ramp is cut into slots of equally many planned requests. The base is the median of the slots of the lowest rates; a
slot is slow when its percentile is above `TIMES` the base. The knee is where the ramp falls into a part that is not
slow and one that is, so that as few slots as possible contradict it: one slow answer more or less moves nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import inf, isfinite
from statistics import median

from harness.measures.latency import needed
from harness.measures.planned import Planned, planned, while_driven
from harness.measures.quantile import quantile
from harness.measures.registry import Scope, family, measure
from harness.measures.sample import where
from harness.measures.units import amount
from harness.measures.windows import sample_in
from harness.model.history import History, Phase
from harness.model.load import COARSE_WIDTH
from harness.model.rate import Point, rate_at
from harness.model.verdict import Measurement, Relation, unmeasured

RATE = "requests/s"
TIMES = 2.0
MOST_SLOTS, LEAST_SLOTS = 40, 8
LOWEST = 0.25
LEAST_BASE = 3
LEAST_SLOW = 2
LEAST_GROWTH = 2.0
CONTRADICTING = 0.2
LEAST_SENT = 0.95
WITH_FAULT = frozenset({Phase.IMPAIRED, Phase.FAILING_OVER, Phase.RECOVERED, Phase.FAILING_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A piece of the ramp: its planned rates at both ends, and how long its requests took at the percentile, in ms."""

    low: float
    high: float
    latency: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """After how many slots the slow part begins, at least and at most, and how many slots contradict that."""

    first: int
    last: int
    contradicting: int


def _edges(percentile: Fraction, history: History) -> tuple[float, ...]:
    plan = planned(while_driven(history))
    found = ramp(plan.points) if plan else None
    return _cuts(plan, found, needed(percentile)) if plan and found else ()


def _edges_of_p95(history: History, scope: Scope) -> Iterable[float]:
    return _edges(Fraction(95), history)


@measure("knee", unit=RATE, relation=Relation.AT_LEAST, needs=("load", "profile"), edges=_edges_of_p95)
def knee(history: History, scope: Scope) -> Measurement:
    """The rate from which on P95 latency is more than twice that of the lowest rates, on the steepest ramp.

    Rates are those of the profile, in requests per real second over all populations; "P99 knee" asks another
    percentile. Resolution: the rates of a slot. A ramp that reaches no knee gives a lower bound ("at_least").
    """
    return knee_at(Fraction(95), history, scope)


@family(r"P\d{1,2}(\.\d{1,3})? knee")
def percentile_knee(name: str) -> None:
    """Register "P<number> knee" for a percentile between 0 and 100."""
    percentile = Fraction(name.removeprefix("P").removesuffix(" knee"))
    if percentile == 0:
        return

    def edges(history: History, scope: Scope) -> Iterable[float]:
        return _edges(percentile, history)

    @measure(name, unit=RATE, relation=Relation.AT_LEAST, needs=("load", "profile"), edges=edges)
    def take(history: History, scope: Scope) -> Measurement:
        """The rate from which on this percentile is more than twice that of the lowest rates, on the steepest ramp."""
        return knee_at(percentile, history, scope)


def knee_at(percentile: Fraction, history: History, scope: Scope) -> Measurement:
    """The knee of the latency curve at one percentile."""
    plan = planned(while_driven(history))
    found = ramp(plan.points) if plan else None
    if plan is None or found is None:
        return unmeasured(RATE, "no profile has a ramp on which the rate at least doubles: the curve was not seen")
    cuts = _cuts(plan, found, needed(percentile))
    if problem := _problem(history, plan, cuts, percentile):
        return unmeasured(RATE, problem)
    slots = _slots(history, scope, plan, cuts, percentile)
    return slots if isinstance(slots, Measurement) else _judged(slots, percentile, scope)


def ramp(points: Sequence[Point]) -> tuple[float, float] | None:
    """From when to when the rate grows most without a step or a rest; None where it never doubles."""
    found: list[list[Point]] = []
    for before, after in pairwise(points):
        if after[0] <= before[0] or after[1] <= before[1]:
            continue
        if found and found[-1][-1] == before:
            found[-1].append(after)
        else:
            found.append([before, after])
    grown = [each for each in found if each[-1][1] >= LEAST_GROWTH * each[0][1]]
    best = max(grown, key=lambda each: each[-1][1] - each[0][1], default=None)
    return (best[0][0], best[-1][0]) if best else None


def _cuts(plan: Planned, ramp_: tuple[float, float], least: int) -> tuple[float, ...]:
    """The edges of slots of equally many planned requests, in real seconds of the run; none where they are too few."""
    since, until = (plan.began + at / plan.time_scale for at in ramp_)
    whole = plan.between(since, until)
    count = min(MOST_SLOTS, int(whole / least))
    if count < LEAST_SLOTS:
        return ()
    inner = [_when(plan, since, until, whole * n / count) for n in range(1, count)]
    return (since, *inner, until)


def _when(plan: Planned, since: float, until: float, wanted: float) -> float:
    """When so many requests were to be due since the ramp began."""
    low, high = since, until
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if plan.between(since, middle) < wanted else (low, middle)
    return round(low, 6)


def _problem(history: History, plan: Planned, cuts: tuple[float, ...], percentile: Fraction) -> str:
    if not cuts:
        return (
            f"the ramp has too few requests for {LEAST_SLOTS} slots of {needed(percentile)} each, "
            f"which P{float(percentile):g} needs"
        )
    broken = [s for s in history.spans if s.phase in WITH_FAULT and s.since < cuts[-1] and s.until > cuts[0]]
    if broken:
        return f"the stack was {broken[0].phase.value} while the rate grew: that is no knee of its own"
    driven = while_driven(history).spans
    if not driven or driven[-1].until < cuts[-1] or driven[0].since > cuts[0]:
        return "the run did not last for the whole ramp"
    return ""


def _slots(
    history: History, scope: Scope, plan: Planned, cuts: tuple[float, ...], percentile: Fraction
) -> tuple[Slot, ...] | Measurement:
    """What the ramp's requests met, slot by slot, or why that is not known."""
    samples = [sample_in(history, scope, window) for window in pairwise(cuts)]
    sent, meant = sum(s.requests for s in samples), plan.between(cuts[0], cuts[-1])
    if not sent or (scope.population is None and sent < LEAST_SENT * meant):
        return unmeasured(RATE, f"{sent} of {meant:.0f} requests of the ramp were sent{where(scope)}")
    if (fewest := min(s.requests for s in samples)) < LEAST_SENT * needed(percentile):
        because = f"a slot of the ramp has {fewest} requests{where(scope)}; P{float(percentile):g} needs"
        return unmeasured(RATE, f"{because} {needed(percentile)}")
    return tuple(
        Slot(low=_rate(plan, since), high=_rate(plan, until), latency=quantile(sample, float(percentile / 100)))
        for (since, until), sample in zip(pairwise(cuts), samples, strict=True)
    )


def _rate(plan: Planned, at: float) -> float:
    """The rate as the ramp reaches a moment: a step at its end is no part of it."""
    return rate_at(plan.points, (at - plan.began) * plan.time_scale - 1e-6)


def _judged(slots: tuple[Slot, ...], percentile: Fraction, scope: Scope) -> Measurement:
    first = _base(slots)
    base = median(slot.latency for slot in first)
    if not isfinite(base) or _grew(slots, len(first)):
        return unmeasured(
            RATE, f"latency{where(scope)} has no flat part: it grew from the lowest rates on", **_shown(slots)
        )
    found = split([slot.latency > TIMES * base * (1 + COARSE_WIDTH) for slot in slots])
    if found.contradicting > CONTRADICTING * len(slots):
        because = (
            f"latency{where(scope)} goes up and down: {found.contradicting} of {len(slots)} slots contradict any knee"
        )
        return unmeasured(RATE, because, **_shown(slots))
    if found.first > len(slots) - LEAST_SLOW:
        return _never(slots, base, percentile, scope)
    return _found(slots, found, base, percentile, scope)


def _grew(slots: Sequence[Slot], base: int) -> bool:
    """Whether latency rose for good within the slots of the base; after a pause it is low again at higher rates."""
    most = TIMES * min(slot.latency for slot in slots[:base])
    return any(all(later.latency > most for later in slots[n:]) for n in range(base))


def _base(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """The slots of the lowest rates."""
    most = slots[0].low + LOWEST * (slots[-1].high - slots[0].low)
    low = tuple(slot for slot in slots if slot.high <= most)
    return low if len(low) >= LEAST_BASE else slots[:LEAST_BASE]


def split(slow: Sequence[bool]) -> Split:
    """Where the slow part begins so that the fewest slots contradict it; the earliest and the latest such place."""
    wrong = [sum(slow[:n]) + slow[n:].count(False) for n in range(len(slow) + 1)]
    best = [n for n, each in enumerate(wrong) if each == min(wrong)]
    return Split(first=best[0], last=best[-1], contradicting=min(wrong))


def _never(slots: tuple[Slot, ...], base: float, percentile: Fraction, scope: Scope) -> Measurement:
    most = slots[-1].low
    because = (
        f"P{float(percentile):g} latency{where(scope)} stayed within {TIMES:g} x {amount(base, 'ms')} "
        f"up to {amount(most, RATE)}, the highest rate of the ramp"
    )
    return Measurement(
        value=most, unit=RATE, because=because, evidence={"at_least": True, "base_ms": base, **_shown(slots)}
    )


def _found(slots: tuple[Slot, ...], found: Split, base: float, percentile: Fraction, scope: Scope) -> Measurement:
    """It lies in the slots on both sides of the split, or between these splits."""
    low, high = slots[max(0, found.first - 1)].low, slots[min(found.last, len(slots) - 1)].high
    because = (
        f"P{float(percentile):g} latency{where(scope)} is above {TIMES:g} x {amount(base, 'ms')}, that of the lowest "
        f"rates, from {amount(low, RATE)} to {amount(high, RATE)} on"
    )
    return Measurement(
        value=(low + high) / 2,
        unit=RATE,
        resolution=(high - low) / 2,
        because=because,
        limited_by=f"the rates within a slot of the ramp, one of {len(slots)}",
        remedy="a longer ramp",
        evidence={"base_ms": base, "contradicting": found.contradicting, **_shown(slots)},
    )


def _shown(slots: Sequence[Slot]) -> dict[str, list[list[float | None]]]:
    """The curve: rates and latencies."""
    return {"curve": [[(s.low + s.high) / 2, s.latency if s.latency < inf else None] for s in slots]}
