import random
from collections.abc import Iterable

import pytest

from harness.judge import judge
from harness.measures.registry import MEASURES, Scope, find
from harness.model.history import History, Outcome, Request, Stream
from harness.model.verdict import Bound, Criterion, Measurement, Relation, Verdict
from tests.measures.histories import load, probes, request, run


def measured(requests: Iterable[Request], name: str = "P95 latency", **scope: str) -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(run(requests), Scope(**scope))


def verdict(history: History, at_most: float, name: str = "P95 latency") -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="ms")
    return judge(history, [Criterion(measure=name, bound=bound)]).findings[0].verdict


def failed(count: int, since: float, until: float, seconds: float = 0.001) -> list[Request]:
    gap = (until - since) / count
    return [request(since + i * gap, since + i * gap + seconds, outcome=Outcome.FAILED) for i in range(count)]


def test_it_counts_from_the_moment_the_request_was_due() -> None:
    waited = [request(r.due, r.due + 0.3, sent=r.due + 0.2) for r in load(200, 1, 9)]
    found = measured(waited)
    assert found.value == pytest.approx(300, rel=1e-3)
    assert found.evidence["service_time"] == pytest.approx(100, rel=1e-3)


def test_it_is_real_milliseconds_whatever_the_time_scale() -> None:
    assert measured(load(200, 1, 9, 0.02)).value == pytest.approx(20, rel=1e-3)


def test_it_agrees_with_the_sorted_list_to_three_digits() -> None:
    dice = random.Random(7)
    times = [dice.lognormvariate(-3, 0.7) for _ in range(2000)]
    requests = [request(1 + i * 0.004, 1 + i * 0.004 + t) for i, t in enumerate(times)]
    for name, rank in (("P50 latency", 1000), ("P95 latency", 1900), ("P99 latency", 1980)):
        found = measured(requests, name)
        assert found.value == pytest.approx(sorted(times)[rank - 1] * 1e3, rel=2e-3)
        assert found.resolution == pytest.approx((found.value or 0) * 1e-3)


def test_a_request_belongs_to_the_phase_in_which_it_was_due() -> None:
    requests = [*load(200, 0, 10, 0.02), *load(200, 15, 30, 0.05), request(9.99, 16.0)]
    assert measured(requests, phase="steady").value == pytest.approx(20, rel=1e-3)
    assert measured(requests, phase="steady").evidence["requests"] == 201
    assert measured(requests, phase="recovered").value == pytest.approx(50, rel=1e-3)


def test_a_population_has_its_own_latency() -> None:
    requests = [*load(200, 0, 10, 0.02), *load(200, 0, 10, 0.08, "EU")]
    assert measured(requests, population="EU").value == pytest.approx(80, rel=1e-3)


def test_probes_are_not_load() -> None:
    assert measured(probes("NA", Stream.READ)).value is None


def test_two_hundred_requests_are_needed_for_p95() -> None:
    assert measured(load(200, 0, 10)).value is not None
    found = measured(load(199, 0, 10))
    assert found.value is None
    assert "P95 needs 200" in found.because


@pytest.mark.parametrize(("name", "needed"), [("P50 latency", 20), ("P99 latency", 1000), ("P99.9 latency", 10000)])
def test_higher_percentiles_need_more_requests(name: str, needed: int) -> None:
    assert f"needs {needed}" in measured(load(5, 0, 10), name).because


def test_few_unanswered_requests_took_longer_than_all_others_and_are_counted() -> None:
    found = measured([*load(192, 0, 10), *load(8, 0, 10, 0.3), *failed(10, 0, 10)])
    assert found.value == pytest.approx(300, rel=1e-3)
    assert found.evidence["service_time"] == pytest.approx(300, rel=1e-3)
    assert found.evidence["unanswered"] == 10
    assert "10 of 210 had no answer" in found.because


def test_slow_requests_that_go_unanswered_never_make_it_faster() -> None:
    slow = [*load(188, 0, 10), *load(12, 0, 10, 0.3)]
    gone = [*load(188, 0, 10), *load(2, 0, 10, 0.3), *failed(10, 0, 10)]
    assert measured(slow).value == measured(gone).value == pytest.approx(300, rel=1e-3)


def test_just_as_many_unanswered_requests_as_lie_above_it_still_leave_a_number() -> None:
    found = measured([*load(190, 0, 10), *failed(10, 0, 10)])
    assert found.value == pytest.approx(20, rel=1e-3)
    assert found.evidence["longest"] == pytest.approx(20)


def test_more_unanswered_requests_than_lie_above_it_make_it_a_lower_bound() -> None:
    found = measured([*load(200, 0, 10), *failed(10, 0, 10), *failed(1, 5, 6, seconds=1.5)])
    assert found.evidence["at_least"] is True
    assert found.evidence["unanswered"] == 11
    assert found.value == pytest.approx(1500)


def test_unanswered_requests_fail_a_bound_below_the_longest_wait() -> None:
    history = run([*load(200, 0, 10), *failed(100, 0, 10, seconds=1.0)])
    assert verdict(history, at_most=200) is Verdict.FAIL
    assert verdict(history, at_most=2000) is Verdict.INCONCLUSIVE


def test_nobody_answered_is_a_lower_bound_too() -> None:
    found = measured(failed(200, 0, 10))
    assert found.evidence["at_least"] is True
    assert found.evidence["service_time"] is None
    assert found.evidence["unanswered"] == 200


def test_slow_answers_fail() -> None:
    assert verdict(run(load(200, 0, 10, 0.3)), at_most=200) is Verdict.FAIL
    assert verdict(run(load(200, 0, 10, 0.1)), at_most=200) is Verdict.PASS


def test_a_bound_within_three_digits_is_inconclusive() -> None:
    assert verdict(run(load(200, 0, 10, 0.2)), at_most=200) is Verdict.INCONCLUSIVE


def test_an_answer_before_its_request_means_that_clocks_disagree() -> None:
    assert measured([*load(200, 0, 10), request(5.0, 5.5, sent=6.0)]).value is None
    found = measured([*load(200, 0, 10), request(5.0, 4.0)])
    assert found.value is None
    assert "clocks disagree" in found.because


def test_a_phase_that_never_was_is_unmeasured() -> None:
    found = measured(load(200, 0, 10), phase="failing over")
    assert found.value is None
    assert "never was in failing over" in found.because


def test_an_hour_long_wait_is_not_clipped() -> None:
    slow = [request(r.due, r.due + 7200) for r in load(200, 0, 10)]
    assert measured(slow).value == pytest.approx(7_200_000, rel=1e-3)


def test_any_percentile_between_0_and_100_is_a_measure() -> None:
    for name in ("P75 latency", "P99.99 latency", "P1 latency"):
        assert find(name) is not None
    for name in ("P0 latency", "P100 latency", "P latency", "P95", "p95 latency", "P-5 latency"):
        assert find(name) is None
    assert "P95 latency" in MEASURES
