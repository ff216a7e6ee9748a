"""Criteria in any window: the worst stretch of the length counts, wherever it lies."""

import pytest

from harness.judge import judge
from harness.model.history import History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import load, probes, request, run

MINUTE = 60.0  # model seconds: 6 real ones


def available(at_least: float, **scope: object) -> Criterion:
    bound = Bound(relation=Relation.AT_LEAST, value=at_least, unit="%")
    return Criterion(measure="availability", bound=bound, **{"window": MINUTE, **scope})  # type: ignore[arg-type]


def fast(at_most: float, **scope: object) -> Criterion:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="ms")
    return Criterion(measure="P95 latency", bound=bound, **{"window": MINUTE, **scope})  # type: ignore[arg-type]


def finding(criterion: Criterion, requests: list, **more: object) -> Finding:  # type: ignore[type-arg]
    return judge(run(requests, criteria=[criterion], **more), [criterion]).findings[0]  # type: ignore[arg-type]


def failed(count: int, since: float, until: float) -> list:  # type: ignore[type-arg]
    gap = (until - since) / count
    return [request(since + i * gap, since + i * gap + 0.01, outcome=Outcome.FAILED) for i in range(count)]


def test_a_bad_minute_is_not_hidden_by_a_good_hour() -> None:
    requests = [*load(3800, 0, 38), *failed(60, 20.0, 20.6)]
    whole = finding(available(95, window=None), requests)
    worst = finding(available(95), requests)
    assert (whole.verdict, worst.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert worst.measurement.value == pytest.approx(100 * 600 / 660, abs=0.1)
    since, until = worst.measurement.evidence["window"]
    assert since <= 20.0
    assert until >= 20.6
    assert until - since == pytest.approx(6.0)
    assert worst.criterion.title == "availability in any 60 s"


def test_a_slow_minute_is_found_to_less_than_a_percent() -> None:
    requests = [*load(2000, 0, 20, 0.02), *load(600, 20, 26, 0.5), *load(1200, 26, 38, 0.02)]
    found = finding(fast(200), requests)
    assert found.verdict is Verdict.FAIL
    assert abs((found.measurement.value or 0) - 500) <= found.measurement.resolution
    assert finding(fast(600), requests).verdict is Verdict.PASS


def test_the_buckets_of_windows_are_their_resolution() -> None:
    found = finding(fast(501), [*load(3800, 0, 38, 0.5)])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "limited by the buckets of the histogram" in found.because


def test_a_window_lies_whole_within_the_phase_that_it_names() -> None:
    requests = [*load(1000, 0, 10), *load(1000, 15, 30), *failed(100, 10.1, 14.9)]
    assert finding(available(99, phase="steady"), requests).verdict is Verdict.PASS
    impaired = finding(available(99, phase="impaired"), requests)
    assert impaired.verdict is Verdict.INCONCLUSIVE
    assert "never for 60 s in impaired" in impaired.because


def test_windows_with_too_few_requests_leave_it_open_but_hide_no_failure() -> None:
    some = load(600, 0, 6, 0.02)
    assert finding(fast(200), some).verdict is Verdict.INCONCLUSIVE
    slow = load(600, 0, 6, 0.5)
    found = finding(fast(200), slow)
    assert found.verdict is Verdict.FAIL
    assert "too few requests" in found.because


def test_a_minute_without_any_request_leaves_availability_open_but_hides_no_failure() -> None:
    assert finding(available(99), load(600, 0, 6)).verdict is Verdict.INCONCLUSIVE
    assert finding(available(99), failed(600, 0, 6)).verdict is Verdict.FAIL


def test_no_window_with_enough_requests_is_unmeasured() -> None:
    found = finding(fast(200), load(10, 0, 38))
    assert found.measurement.value is None
    assert "in no window of 60 s" in found.because


def test_probes_are_looked_at_in_windows_where_there_is_no_load() -> None:
    requests = probes("NA", Stream.READ, [(20.0, 23.0)])
    found = finding(available(99), requests)
    assert found.verdict is Verdict.FAIL
    assert found.measurement.value == pytest.approx(50, abs=1)


def test_a_long_run_has_no_more_windows_than_can_be_counted() -> None:
    requests = load(40, 0, 38)
    found = finding(available(99, window=0.05), requests)
    assert found.measurement.evidence["windows"] < 10_000


def test_load_that_was_not_counted_by_windows_is_no_measurement() -> None:
    history: History = run(load(3800, 0, 38))
    assert judge(history, [available(99)]).findings[0].verdict is Verdict.INCONCLUSIVE
