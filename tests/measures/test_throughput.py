"""Throughput, and what of the planned load was answered. Time x 10: a profile of 100 model s takes 10 real ones."""

from dataclasses import replace
from typing import Any

import pytest

from harness.judge import judge
from harness.measures.planned import Planned, planned
from harness.model.history import Event, History, Outcome, Request, Stream
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, load, probes, request, run

RAMP = ((0.0, 20.0), (100.0, 60.0))


def profile(began: float = 16.0, points: Any = RAMP, rate: float = 20.0) -> Event:
    return event(began, "profile", name="ramp", points=[list(p) for p in points], rate=rate, began=began)


def driving(rate: float = 20.0) -> Event:
    return event(0.0, "driving", load=rate)


def criterion(measure: str, least: float, **scope: Any) -> Criterion:
    unit = "%" if measure == "throughput reached" else "requests/s"
    return Criterion(measure=measure, bound=Bound(relation=Relation.AT_LEAST, value=least, unit=unit), **scope)


def find(requests: list[Request], asked: Criterion, *more: Event, **fields: Any) -> Finding:
    history = run(requests, [driving(), *more], without=("driving",), criteria=[asked], **fields)
    return judge(history, [asked]).findings[0]


def even(rate: float, since: float, until: float, **more: Any) -> list[Request]:
    count = round(rate * (until - since))
    return [request(since + (i + 0.5) / rate, since + (i + 0.5) / rate + 0.02, **more) for i in range(count)]


def test_throughput_is_answered_requests_in_a_real_second() -> None:
    refused = even(10, 0, 10, outcome=Outcome.FAILED)
    found = find([*even(30, 0, 10), *refused], criterion("throughput", 25, phase="steady"))
    assert found.measurement.value == pytest.approx(300 / 10.02)
    assert found.measurement.resolution == pytest.approx(2 / 10.02)
    assert found.verdict is Verdict.PASS


def test_throughput_below_the_bound_fails() -> None:
    found = find(even(30, 0, 38), criterion("throughput", 40))
    assert found.verdict is Verdict.FAIL
    assert "30 requests/s ± 0.053 requests/s is not at least 40 requests/s" in found.because


def test_throughput_of_no_request_is_inconclusive_not_zero() -> None:
    found = find([], criterion("throughput", 1))
    assert (found.verdict, found.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert "no request was due" in found.because


def test_throughput_in_any_window_is_that_of_the_worst() -> None:
    requests = [*even(30, 0, 20), *even(30, 20, 22, outcome=Outcome.FAILED), *even(30, 22, 38)]
    found = find(requests, criterion("throughput", 25, window=40.0))
    assert found.verdict is Verdict.FAIL
    assert found.measurement.value == pytest.approx(15, abs=1.5)


def test_throughput_of_a_population_is_its_own() -> None:
    requests = [*even(30, 0, 38), *even(10, 0, 38, population="EU")]
    found = find(requests, criterion("throughput", 5, population="EU"), populations=("NA", "EU"))
    assert found.measurement.value == pytest.approx(10)


def test_a_window_that_cannot_tell_the_bound_is_inconclusive() -> None:
    found = find(even(30, 0, 38), criterion("throughput", 30.5, window=20.0))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "more requests would decide it" in found.because


def test_all_that_a_steady_load_planned_was_answered() -> None:
    found = find(even(20, 0, 38), criterion("throughput reached", 99))
    assert found.verdict is Verdict.PASS
    assert found.measurement.value == pytest.approx(100)
    assert "760 of 760 requests that were planned were answered" in found.because


def test_what_the_generator_never_sent_was_not_reached() -> None:
    """The plan counts, not what was sent: 400 requests of the ramp were planned, and half of them sent."""
    found = find(even(20, 16, 26), criterion("throughput reached", 95), profile())
    assert found.measurement.evidence["planned"] == pytest.approx(400)
    assert found.measurement.value == pytest.approx(50)
    assert found.verdict is Verdict.FAIL


def test_what_was_sent_and_refused_was_not_reached() -> None:
    requests = [*even(20, 16, 26), *even(20, 16, 26, outcome=Outcome.FAILED)]
    found = find(requests, criterion("throughput reached", 95), profile())
    assert found.measurement.value == pytest.approx(50)
    assert found.measurement.evidence["sent"] == 400


def test_without_a_phase_only_the_profile_is_asked_for() -> None:
    """Before and after it the load is another one: 20 a second are the base, and nothing is sent."""
    found = find(even(40, 16, 26), criterion("throughput reached", 95), profile())
    assert found.measurement.value == pytest.approx(100, abs=0.5)
    assert found.verdict is Verdict.PASS


def test_in_a_phase_the_plan_of_the_phase_counts() -> None:
    """Steady, up to 10.02 s, has no part of the profile that begins at 16 s."""
    found = find(even(20, 0, 10), criterion("throughput reached", 95, phase="steady"), profile())
    assert found.measurement.evidence["planned"] == pytest.approx(200.4)


def test_a_window_over_the_ramp_has_its_own_plan() -> None:
    """A flat 40 a second falls short of the second half of the ramp, however right the mean is."""
    found = find(
        [*even(20, 0, 16), *even(40, 16, 26), *even(20, 26, 38)],
        criterion("throughput reached", 90, window=10.0),
        profile(),
    )
    assert found.verdict is Verdict.FAIL
    assert found.measurement.value == pytest.approx(40 / 58 * 100, abs=3)


def test_a_plan_that_nobody_knows_is_inconclusive() -> None:
    asked = criterion("throughput reached", 95)
    history = run(even(20, 0, 38), without=("driving",), criteria=[asked])
    found = judge(history, [asked]).findings[0]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "tells of no load" in found.because


def test_a_profile_that_sent_nothing_is_inconclusive() -> None:
    found = find([], criterion("throughput reached", 95), profile())
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "400 requests were planned and none was sent" in found.because


def test_a_profile_that_was_cut_short_is_inconclusive() -> None:
    found = find(even(40, 33, 38), criterion("throughput reached", 50), profile(began=33.0))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "not driven to its end: 50 s of it were left" in found.because


def test_while_the_generator_is_stopped_nothing_is_planned() -> None:
    """The probes end at 37 s and the generator a moment later: that second was no part of the plan."""
    reads = probes("NA", Stream.READ, until=37.0)
    found = find([*even(20, 0, 37), *reads], criterion("throughput reached", 99))
    assert found.measurement.value == pytest.approx(100, abs=0.2)
    assert found.verdict is Verdict.PASS


def test_fewer_answers_never_reach_more() -> None:
    asked = criterion("throughput reached", 99)
    whole = even(20, 0, 38)
    values = [find(whole[:n], asked).measurement.value for n in (200, 400, 760)]
    assert values == sorted(values)


def test_the_plan_is_the_base_beside_the_profile_and_the_profile_within() -> None:
    plan = Planned(rate=20.0, time_scale=10.0, points=RAMP, began=16.0)
    assert plan.ended == 26.0
    assert plan.between(0, 16) == pytest.approx(320)
    assert plan.between(16, 26) == pytest.approx(400)
    assert plan.between(15, 27) == pytest.approx(440)
    assert plan.between(16, 21) == pytest.approx(150)
    assert plan.between(26, 30) == pytest.approx(80)


def test_the_plan_is_read_from_the_journal() -> None:
    history: History = run((), [driving(7.0), profile(rate=8.0)], without=("driving",))
    assert planned(history) == Planned(rate=8.0, time_scale=10.0, points=RAMP, began=16.0)
    alone = replace(history, events=tuple(e for e in history.events if e.kind != "profile"))
    assert planned(alone) == Planned(rate=7.0, time_scale=10.0)


def test_a_generator_that_sends_in_time_is_told_from_one_that_does_not() -> None:
    """load() of the other tests: 100 requests in steady, evenly."""
    assert find(load(100, 0, 10.02), criterion("throughput", 9, phase="steady")).verdict is Verdict.PASS
