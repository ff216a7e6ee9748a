"""The knee of a latency curve: made-up servers whose knee is known. The ramp takes 20 real seconds, time x 10."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import judge, slot_edges
from harness.measures.knee import ramp, split
from harness.measures.sample import phase_edges
from harness.model.history import Event, History, Outcome
from harness.model.load import COARSE, Intervals, Load, Sample, nanoseconds
from harness.model.rate import rate_at, requests_between
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, run

Curve = Callable[[float], float | None]
RAMP = ((0.0, 100.0), (200.0, 1100.0))
BEGAN = 12.0
STEPS = 40


def queue(service: float, workers: float) -> Curve:
    """P95 latency in ms of a queue like M/D/1 at a rate: twice its base at a known part of its capacity."""

    def latency(rate: float) -> float | None:
        busy = rate * service / 1e3 / workers
        return service * (1 + busy / (2 * (1 - busy))) if busy < 0.995 else None

    return latency


def quiet(*phases: tuple[float, str]) -> tuple[Event, ...]:
    """The journal of a run without a fault that lasts for 40 s."""
    return tuple(event(at, "phase", phase=name) for at, name in phases or ((1.0, "steady"), (BEGAN, "loaded")))


def ramped(curve: Curve, asked: Criterion, points: Any = RAMP, more: tuple[Event, ...] | None = None) -> History:
    """A run whose requests took what the curve says at the rate at which they were due; None: no answer."""
    events = (
        event(0.0, "opened"),
        event(0.1, "driving", load=points[0][1] if points else 50.0),
        *(more or quiet()),
        *(
            [event(BEGAN, "profile", points=[list(p) for p in points], rate=points[0][1], began=BEGAN)]
            if points
            else []
        ),
        event(38.0, "drove"),
        event(40.0, "closed"),
    )
    ordered = sorted(events, key=lambda e: e.at)
    bare = replace(run(), events=tuple(replace(e, seq=n) for n, e in enumerate(ordered)))
    return replace(bare, load=_load(bare, curve, asked, points or ((0.0, 50.0),)))


def _load(bare: History, curve: Curve, asked: Criterion, points: Any) -> Load:
    slots = tuple(sorted({*phase_edges(bare), *slot_edges(bare, [asked])}))
    samples = {n: {"NA": _sample(a, b, curve, points)} for n, (a, b) in enumerate(pairwise(slots))}
    return Load(slots=Intervals(edges=tuple(map(nanoseconds, slots)), samples=samples))


def _sample(since: float, until: float, curve: Curve, points: Any) -> Sample:
    """All requests of a moment take equally long; there are `STEPS` moments in a slot."""
    latency: dict[int, int] = {}
    lost = 0
    for n in range(STEPS):
        a, b = (since + (until - since) * k / STEPS for k in (n, n + 1))
        model = [(at - BEGAN) * 10 for at in (a, b)]
        count = round(requests_between(points, *model, 10.0))
        took = curve(rate_at(points, sum(model) / 2))
        if took is None:
            lost += count
        else:
            micros = round(took * 1e3)
            shift = max(0, micros.bit_length() - COARSE)
            latency[micros >> shift << shift] = latency.get(micros >> shift << shift, 0) + count
    answered = sum(latency.values())
    outcomes = {(Outcome.OK, "us-east-1"): answered, (Outcome.FAILED, None): lost}
    return Sample(outcomes={k: v for k, v in outcomes.items() if v}, latency=latency)


def asking(least: float, measure: str = "knee", **scope: Any) -> Criterion:
    return Criterion(measure=measure, bound=Bound(relation=Relation.AT_LEAST, value=least, unit="requests/s"), **scope)


def find(curve: Curve, asked: Criterion, **made: Any) -> Finding:
    return judge(ramped(curve, asked, **made), [asked]).findings[0]


def crossing(curve: Curve, base: float) -> float:
    """The rate at which the curve is twice its base, by trying."""
    return next(r / 10 for r in range(1000, 11001) if (took := curve(r / 10)) is None or took > 2 * base)


@settings(deadline=None, max_examples=60)
@given(st.floats(4, 60), st.floats(0.35, 0.9))
def test_the_knee_of_a_queue_is_where_it_is(service: float, at: float) -> None:
    """A queue like M/D/1 is twice its lowest latency at two thirds of its capacity, which is anywhere on the ramp."""
    capacity = at * 1100 / 0.67
    curve = queue(service, capacity * service / 1e3)
    asked = asking(1)
    found = find(curve, asked).measurement
    assert found.value is not None, found.because
    assert "at_least" not in found.evidence
    truth = crossing(curve, found.evidence["base_ms"])
    assert abs(found.value - truth) <= found.resolution + 0.1
    assert found.resolution < 0.12 * 1100
    assert found.evidence["base_ms"] == pytest.approx(curve(225) or 0, rel=0.15)


def step(knee: float) -> Curve:
    return lambda rate: 10.0 if rate < knee else 80.0


@settings(deadline=None, max_examples=40)
@given(st.floats(400, 1000))
def test_the_knee_of_a_step_is_where_it_is(knee: float) -> None:
    found = find(step(knee), asking(1)).measurement
    assert found.value is not None
    assert abs(found.value - knee) <= found.resolution + 0.1


def test_a_knee_above_the_bound_passes_and_one_below_fails() -> None:
    assert find(step(800), asking(700)).verdict is Verdict.PASS
    failed = find(step(500), asking(700))
    assert failed.verdict is Verdict.FAIL
    assert "P95 latency is above 2 x 10 ms" in failed.because


def test_a_bound_within_the_slot_of_the_knee_is_inconclusive() -> None:
    found = find(step(700), asking(700))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "a longer ramp would decide it" in found.because


def test_a_knee_that_was_never_reached_is_a_lower_bound() -> None:
    found = find(lambda _: 10.0, asking(900))
    assert found.measurement.evidence["at_least"] is True
    assert found.verdict is Verdict.PASS
    assert "the highest rate of the ramp" in found.because
    assert find(lambda _: 10.0, asking(1200)).verdict is Verdict.INCONCLUSIVE


def test_one_slow_slot_at_the_end_is_no_knee() -> None:
    found = find(lambda rate: 10.0 if rate < 1090 else 80.0, asking(900))
    assert found.measurement.evidence["at_least"] is True


def test_a_pause_in_the_flat_part_does_not_move_the_knee() -> None:
    """Some slots are slow at 500 requests a second, as when a process collects garbage, and fast again after it."""
    with_pause = find(lambda rate: 80.0 if 500 < rate < 520 else step(800)(rate), asking(1)).measurement
    without = find(step(800), asking(1)).measurement
    assert with_pause.value == without.value
    assert with_pause.evidence["contradicting"] >= 1


def test_a_pause_at_the_lowest_rates_is_no_growth() -> None:
    found = find(lambda rate: 300.0 if 120 < rate < 150 else step(800)(rate), asking(700))
    assert found.verdict is Verdict.PASS


def test_latency_that_goes_up_and_down_has_no_knee() -> None:
    found = find(lambda rate: 80.0 if int(rate / 60) % 2 and rate > 400 else 10.0, asking(1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "goes up and down" in found.because


def test_requests_without_an_answer_are_slow() -> None:
    found = find(lambda rate: 10.0 if rate < 700 else None, asking(1)).measurement
    assert found.value == pytest.approx(700, abs=found.resolution)


def test_a_ramp_that_begins_beyond_the_knee_is_inconclusive() -> None:
    found = find(lambda rate: rate**2 / 100, asking(1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no flat part" in found.because


def test_without_a_ramp_it_is_inconclusive() -> None:
    for points in ((), ((0.0, 500.0), (200.0, 500.0)), ((0.0, 100.0), (100.0, 100.0), (100.0, 900.0), (200.0, 900.0))):
        found = find(step(500), asking(1), points=points)
        assert found.verdict is Verdict.INCONCLUSIVE, points
        assert "no profile has a ramp" in found.because


def test_a_ramp_of_too_few_requests_is_inconclusive() -> None:
    found = find(step(50), asking(1), points=((0.0, 10.0), (200.0, 100.0)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "too few requests for 8 slots of 200 each, which P95 needs" in found.because


def test_a_generator_that_fell_short_shows_no_knee() -> None:
    asked = asking(1)
    history = ramped(step(700), asked)
    half = {n: {"NA": replace(s["NA"], outcomes={(Outcome.OK, "us-east-1"): 200})} for n, s in _samples(history)}
    assert history.load is not None
    fewer = replace(history, load=replace(history.load, slots=replace(history.load.slots, samples=half)))
    found = judge(fewer, [asked]).findings[0]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "requests of the ramp were sent" in found.because


def _samples(history: History) -> Any:
    assert history.load is not None
    return history.load.slots.samples.items()


def test_a_fault_during_the_ramp_hides_the_knee() -> None:
    phases = quiet((1.0, "steady"), (20.0, "impaired"), (25.0, "restored"))
    found = find(step(700), asking(1), more=phases)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "the stack was impaired while the rate grew" in found.because


def test_a_run_that_ended_on_the_ramp_is_inconclusive() -> None:
    found = find(step(700), asking(1), points=((0.0, 100.0), (400.0, 1100.0)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "did not last for the whole ramp" in found.because


def test_any_percentile_has_a_knee() -> None:
    found = find(step(700), asking(600, "P50 knee"))
    assert found.verdict is Verdict.PASS
    assert "P50 latency" in found.because


def test_a_population_has_its_own_latency_at_the_rates_of_all() -> None:
    assert find(step(700), asking(600, population="NA")).verdict is Verdict.PASS
    assert find(step(700), asking(600, population="EU")).verdict is Verdict.INCONCLUSIVE


def test_the_steepest_growth_without_a_step_is_the_ramp() -> None:
    points = ((0.0, 10.0), (10.0, 30.0), (20.0, 30.0), (30.0, 90.0), (40.0, 400.0), (50.0, 20.0), (50.0, 900.0))
    assert ramp(points) == (20.0, 40.0)
    assert ramp(((0.0, 100.0), (10.0, 199.0))) is None
    assert ramp(((0.0, 0.0), (10.0, 5.0))) == (0.0, 10.0)
    assert ramp(((0.0, 100.0), (10.0, 50.0))) is None


def test_the_split_that_the_fewest_slots_contradict_is_taken() -> None:
    clear = split([False, False, True, True])
    assert (clear.first, clear.last, clear.contradicting) == (2, 2, 0)
    noisy = split([False, True, False, False, True, True, True])
    assert (noisy.first, noisy.last, noisy.contradicting) == (4, 4, 1)
    either = split([False, True, False, True])
    assert (either.first, either.last, either.contradicting) == (1, 3, 1)
    assert split([False, False]).first == 2
