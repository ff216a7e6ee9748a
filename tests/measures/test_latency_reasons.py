"""What a latency says beside its value: of how many, how many had no answer, how fine it is."""

import pytest

from harness.measures.registry import Scope, find
from harness.model.history import Outcome, Request
from harness.model.verdict import Measurement
from tests.measures.histories import load, request, run


def measured(requests: list[Request], name: str = "P95 latency", **scope: str) -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(run(requests), Scope(**scope))


def failed(count: int, seconds: float = 0.001) -> list[Request]:
    return [request(1 + i * 0.01, 1 + i * 0.01 + seconds, outcome=Outcome.FAILED) for i in range(count)]


def test_an_answered_percentile_says_of_how_many_and_how_fine_it_is() -> None:
    found = measured([*load(299, 0, 10), *failed(1)])
    assert found.because.startswith("P95 of ")
    assert found.because.endswith(" requests is 20 ms from their due time; 1 of 300 had no answer")
    assert found.limited_by == "the buckets of the histogram, 0.1 % wide"
    assert found.unit == "ms"
    assert found.evidence == {
        "percentile": 95.0, "requests": 300, "answered": 299, "unanswered": 1,
        "service_time": pytest.approx(20, rel=2e-3), "longest": pytest.approx(20),
    }  # fmt: skip


def test_a_percentile_that_nobody_got_says_how_long_was_waited_at_least() -> None:
    found = measured([*load(250, 0, 10), *failed(50, 1.5)])
    assert found.because == (
        "50 of 300 requests had no answer, more than lie above P95: it is above the longest wait, 1500 ms"
    )
    assert (found.unit, found.evidence["at_least"], found.evidence["answered"]) == ("ms", True, 250)
    assert found.evidence["longest"] == pytest.approx(20)
    assert measured(failed(300)).evidence["longest"] is None


def test_too_few_requests_are_counted_and_their_scope_is_named() -> None:
    found = measured(load(150, 0, 10), phase="steady", population="NA")
    assert found.because == "150 load requests were due in steady for NA; P95 needs 200"
    assert (found.value, found.unit, found.evidence) == (None, "ms", {"requests": 150})
    assert "P99.9 needs 10000" in measured(load(150, 0, 10), "P99.9 latency").because


def test_how_many_were_early_is_said() -> None:
    found = measured([*load(200, 0, 10), request(5.0, 4.0), request(6.0, 4.0)])
    assert found.because.startswith("2 requests were answered before they were due")


def test_a_phase_that_never_was_is_named_and_a_run_without_phases_is_too() -> None:
    found = measured(load(200, 0, 10), phase="failing over", population="NA")
    assert (found.because, found.unit) == ("the run never was in failing over for NA", "ms")
    known = find("P95 latency")
    assert known is not None
    assert "had no phases" in known.take(run(load(200, 0, 10), without=("phase",)), Scope()).because


def test_the_longest_wait_counts_though_it_was_no_answer() -> None:
    found = measured([*load(300, 0, 10, 3.0), *failed(100, 1.0)])
    assert found.value == pytest.approx(3000)
    assert found.evidence["longest"] == pytest.approx(3000)


def test_an_answer_within_half_a_microsecond_counts_as_one() -> None:
    at_once = [request(1 + n * 0.01, 1 + n * 0.01) for n in range(200)]
    assert measured(at_once).value == pytest.approx(0.001)


def test_waits_are_in_milliseconds_to_the_last_digit() -> None:
    requests = [*load(250, 0, 10), *failed(50), request(1.0, 2.5, outcome=Outcome.FAILED), request(1.0, 2.25)]
    found = measured(requests)
    assert found.value == pytest.approx(1500, rel=1e-9)
    assert found.evidence["longest"] == pytest.approx(1250, rel=1e-9)
    assert isinstance(found.evidence["percentile"], float)


def test_a_tenth_of_a_millisecond_is_told_to_three_digits_too() -> None:
    assert measured(load(300, 0, 10, 0.0001)).value == pytest.approx(0.1, rel=1e-3)
