from dataclasses import replace

import pytest

from harness.judge import judge
from harness.measures.availability import availability
from harness.measures.registry import Scope
from harness.model.history import History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import load, outage, probes, request, run


def finding(history: History, at_least: float) -> Finding:
    bound = Bound(relation=Relation.AT_LEAST, value=at_least, unit="%")
    return judge(history, [Criterion(measure="availability", bound=bound)]).findings[0]


def with_failures(good: int, bad: int) -> History:
    return run([*load(good, 0, 30), *(request(i * 0.01, i * 0.01 + 1, outcome=Outcome.FAILED) for i in range(bad))])


def test_it_is_answered_over_intended_load() -> None:
    found = availability(with_failures(950, 50), Scope())
    assert found.value == 95.0
    assert found.resolution == pytest.approx(0.1)
    assert found.evidence["of"] == "load"
    assert "950 of 1000 load requests were answered" in found.because


def test_an_indeterminate_answer_is_none() -> None:
    found = availability(run([*load(3, 0, 10), request(1, 2, outcome=Outcome.INDETERMINATE)]), Scope())
    assert found.value == 75
    assert found.evidence["unanswered"] == {"INDETERMINATE": 1}


def test_without_load_the_probes_count() -> None:
    found = availability(outage([(10.0, 12.0)]), Scope(phase="impaired"))
    assert found.evidence["of"] == "read and write"
    assert found.value == pytest.approx(60, abs=1)


def test_with_load_the_probes_do_not_count() -> None:
    requests = [*load(100, 0, 10), *probes("NA", Stream.READ, [(0.0, 10.0)])]
    assert availability(run(requests), Scope()).value == 100


def test_phase_and_population_are_kept_apart() -> None:
    requests = [*load(100, 0, 10), request(16, 17, outcome=Outcome.FAILED, population="EU")]
    assert availability(run(requests), Scope(phase="steady")).value == 100
    assert availability(run(requests), Scope(phase="recovered")).value == 0
    assert availability(run(requests), Scope(population="EU")).value == 0


def test_too_many_unanswered_fail() -> None:
    assert finding(with_failures(950, 50), 99.95).verdict is Verdict.FAIL


def test_few_requests_cannot_tell_99_95_from_100() -> None:
    found = finding(with_failures(400, 0), 99.95)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "2000 requests or more would decide it" in found.because


def test_enough_requests_pass() -> None:
    assert finding(with_failures(2000, 0), 99.95).verdict is Verdict.PASS


def test_nothing_intended_is_unmeasured() -> None:
    assert availability(run(), Scope()).value is None
    assert availability(run(load(10, 0, 9)), Scope(phase="recovered")).value is None
    assert availability(run(load(10, 0, 9)), Scope(phase="failing back")).value is None


def test_an_unmeasured_phase_is_named() -> None:
    found = availability(run(load(10, 0, 9)), Scope(phase="failing back", population="NA"))
    assert (found.unit, found.because) == ("%", "the run never was in failing back for NA")
    empty = availability(run(load(10, 0, 9)), Scope(phase="recovered"))
    assert (empty.unit, empty.because) == ("%", "no request was due in recovered")
    assert "had no phases" in availability(run(load(10, 0, 9), without=("phase",)), Scope()).because


def test_without_a_record_of_load_the_probes_count() -> None:
    history = replace(run(probes("NA", Stream.READ, [(0.0, 40.0)])), load=None)
    found = availability(history, Scope())
    assert (found.value, found.evidence["of"]) == (0.0, "read and write")


def test_what_was_counted_is_in_the_evidence_and_one_request_limits_it() -> None:
    some = [(5.0, Outcome.INDETERMINATE), (6.0, Outcome.FAILED), (7.0, Outcome.FAILED)]
    requests = [*load(7, 0, 10), *(request(due, due + 1, outcome=outcome) for due, outcome in some)]
    found = availability(run(requests), Scope())
    assert found.evidence == {
        "of": "load", "intended": 10, "answered": 7, "unanswered": {"FAILED": 2, "INDETERMINATE": 1}
    }  # fmt: skip
    assert list(found.evidence["unanswered"]) == ["FAILED", "INDETERMINATE"]
    assert (found.unit, found.limited_by) == ("%", "one request of 10")


def test_a_window_has_the_probes_from_its_beginning_on_and_not_the_one_at_its_end() -> None:
    good = [1.0, 2.0, 3.0, 5.02, 5.03, 5.04, 5.05]
    made = [request(due, due + 0.01, stream=Stream.READ) for due in good]
    lost = [request(due, due + 0.01, stream=Stream.READ, outcome=Outcome.FAILED) for due in (0.0, 5.01)]
    found = availability(run([*made, *lost]), Scope(phase="steady", window=50.1))
    assert (found.value, found.unit) == (75.0, "%")
    assert found.evidence["window"] == [0.0, 5.01]


def test_windows_that_never_were_are_unmeasured_in_percent() -> None:
    found = availability(run(load(10, 0, 9)), Scope(phase="impaired", window=60.0))
    assert (found.value, found.unit) == (None, "%")


def test_unanswered_probes_are_counted_by_outcome_in_one_order() -> None:
    ends = [Outcome.OK, Outcome.INDETERMINATE, Outcome.FAILED]
    made = [request(1.0 + n, 1.5 + n, stream=Stream.READ, outcome=outcome) for n, outcome in enumerate(ends)]
    found = availability(run(made), Scope())
    assert list(found.evidence["unanswered"].items()) == [("FAILED", 1), ("INDETERMINATE", 1)]
    assert found.because == "1 of 3 read and write requests were answered"
