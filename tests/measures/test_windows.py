"""Criteria in any window: the worst stretch of the length counts, wherever it lies."""

from dataclasses import replace

import pytest

from harness.judge import judge
from harness.measures.registry import Scope
from harness.measures.windows import window_edges, windows
from harness.model.history import History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, load, probes, request, run

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


def lengths(window: float) -> tuple[float, int, float, float]:
    """Of the windows in the last phase, 32 s to 38 s: how far apart (in lengths), how many, first and last edge."""
    known = windows(run(), Scope(phase="restored", window=window))
    length = window / 10
    return round((known[1][0] - known[0][0]) / length, 6), len(known), known[0][0], round(known[-1][1], 6)


@pytest.mark.parametrize(
    ("window", "apart", "count"),
    [
        (6.0, 0.1, 91),
        (0.2, 0.1, 2991),
        (0.19997, 0.2, 1496),
        (0.12, 0.2, 2496),
        (0.05, 0.5, 2399),
        (0.01, 1.0, 6000),
    ],
)
def test_windows_begin_at_every_tenth_of_their_length_or_less_often_where_that_is_too_many(
    window: float, apart: float, count: int
) -> None:
    found = lengths(window)
    assert found[:3] == (apart, count, 32.0)
    assert 38.0 - window / 10 * apart < found[3] <= 38.0


def test_without_a_phase_windows_lie_across_phases() -> None:
    known = windows(run(), Scope(window=MINUTE))
    assert (known[0], len(known)) == ((0.0, 6.0), 54)
    assert any(since < 10.02 < until for since, until in known)
    assert all(until <= 38.0 for _, until in known)


def test_windows_of_a_phase_that_came_twice_leave_out_what_lay_between() -> None:
    again = run(more=[event(20.0, "phase", phase="impaired"), event(25.0, "phase", phase="recovered")])
    known = windows(again, Scope(phase="recovered", window=40.0))
    assert {since for since, _ in known} >= {15.0, 25.0}
    assert not any(since < 20.0 < until or since < 25.0 < until for since, until in known)


def test_a_window_as_long_as_its_phase_is_one_and_a_longer_one_is_none() -> None:
    assert len(windows(run(), Scope(phase="impaired", window=49.8))) == 1
    assert windows(run(), Scope(phase="impaired", window=50.0)) == ()
    assert windows(run(), Scope(phase="impaired", window=60.0)) == ()


@pytest.mark.parametrize("window", [None, 0.0, -1.0])
def test_no_length_is_no_window(window: float | None) -> None:
    assert windows(run(), Scope(window=window)) == ()


def test_a_run_without_phases_has_no_windows() -> None:
    assert windows(run(without=("phase",)), Scope(window=MINUTE)) == ()
    found = finding(available(99), load(100, 0, 10), without=("phase",))
    assert found.verdict is Verdict.INCONCLUSIVE


def test_load_is_counted_at_both_ends_of_every_window_in_order() -> None:
    scope = Scope(phase="impaired", window=20.0)
    edges = window_edges(run(), scope)
    assert list(edges) == sorted({edge for window in windows(run(), scope) for edge in window})
    assert edges[0] == 10.02


def test_a_worst_window_is_told_with_its_place_and_how_many_there_were() -> None:
    found = finding(available(95), [*load(3800, 0, 38), *failed(60, 20.0, 20.6)]).measurement
    since, until = found.evidence["window"]
    assert found.evidence["windows"] == 54
    assert found.because.startswith(
        f"worst of 54 windows of 60 s, from {since * 10:.1f} s to {until * 10:.1f} s: 600 of 660 load requests"
    )
    assert found.evidence["intended"] == 660


def test_where_nothing_could_be_measured_the_first_reason_is_told() -> None:
    found = finding(fast(200), load(10, 0, 38)).measurement
    assert found.because == "in no window of 60 s: 2 load requests were due; P95 needs 200"
    assert (found.unit, found.evidence) == ("ms", {"requests": 2})
    missing = finding(available(99, phase="failing over"), load(10, 0, 38)).measurement
    assert (missing.value, missing.unit) == (None, "%")


def test_a_window_longer_than_what_was_observed_is_unmeasured() -> None:
    found = finding(available(99, window=600.0), load(100, 0, 38)).measurement
    assert (found.value, found.because) == (None, "the run was never for 10 min observed")
    assert finding(fast(200, window=600.0), load(100, 0, 38)).measurement.unit == "ms"
    named = finding(available(99, phase="steady", population="NA", window=600.0), load(100, 0, 38)).measurement
    assert named.because == "the run was never for 10 min in steady for NA"


def test_windows_that_could_not_be_measured_make_the_worst_a_bound() -> None:
    slow = finding(fast(600), load(600, 0, 6, 0.5)).measurement
    assert slow.evidence["at_least"] is True
    assert "at_most" not in slow.evidence
    assert slow.evidence["windows"] == 54
    unknown = slow.evidence["windows not measured"]
    assert 0 < unknown < 54
    assert slow.because.startswith("worst of 54 windows of 60 s, from 0.0 s to 60.0 s: P95 of 600 ")
    assert slow.because.endswith(f"; {unknown} windows had too few requests to be measured")
    some = finding(available(99), load(600, 0, 6)).measurement
    assert some.evidence["at_most"] is True
    assert "at_least" not in some.evidence


def test_where_every_window_was_measured_the_worst_is_no_bound() -> None:
    found = finding(available(99), load(3800, 0, 38)).measurement
    assert "at_most" not in found.evidence
    assert "windows not measured" not in found.evidence


def test_a_population_has_its_own_worst_window() -> None:
    requests = [*load(1900, 0, 38), *load(1900, 0, 38, population="EU"), *failed(100, 20.0, 20.6)]
    assert finding(available(99, population="EU"), requests).verdict is Verdict.PASS
    assert finding(available(99, population="NA"), requests).verdict is Verdict.FAIL


def test_a_windowed_percentile_is_known_to_one_part_in_128() -> None:
    found = finding(fast(600), load(3800, 0, 38, 0.5)).measurement
    assert found.resolution == pytest.approx((found.value or 0) / 128)
    assert found.limited_by == "the buckets of the histogram, 0.78 % wide"


def test_a_window_in_which_nobody_was_answered_is_worse_than_any_other() -> None:
    few = [request(20.05 + n, 20.06 + n) for n in range(18)]
    found = finding(available(99), [*failed(3800, 0, 38), *few])
    assert found.measurement.value == 0


def test_latency_in_windows_without_a_record_of_load_is_unmeasured() -> None:
    history = replace(run(probes("NA", Stream.READ)), load=None)
    found = judge(history, [fast(200)]).findings[0].measurement
    assert "0 load requests were due; P95 needs 200" in found.because
