"""Seeing, while the run goes on, since when clients are served."""

from harness.model.history import Outcome, Request, Stream
from harness.observer import Observer


def _request(sent: float, outcome: Outcome = Outcome.OK, population: str = "NA", took: float = 0.01) -> Request:
    return Request(
        stream=Stream.READ, population=population, name="r", due=sent, sent=sent, finished=sent + took, outcome=outcome
    )


def _seen(*requests: Request, mark: float = 0.0) -> Observer:
    observer = Observer()
    observer.mark(mark)
    observer.see(requests)
    return observer


def test_nobody_failed_means_served_since_the_mark() -> None:
    assert _seen(_request(1.0), mark=0.5).served_since() == 0.5


def test_one_failing_population_is_unserved() -> None:
    observer = _seen(_request(1.0), _request(1.0, population="EU"), _request(2.0, Outcome.FAILED, "EU"))
    assert observer.served_since() is None
    assert observer.unserved() == ("EU read",)


def test_recovery_begins_with_the_first_success_that_no_failure_follows() -> None:
    observer = _seen(
        _request(1.0), _request(2.0, Outcome.FAILED), _request(3.0), _request(4.0, Outcome.FAILED), _request(5.0)
    )
    assert observer.served_since() == 5.01


def test_a_late_timeout_of_an_early_request_does_not_undo_a_recovery() -> None:
    observer = _seen(_request(1.0), _request(3.0, Outcome.FAILED))
    observer.see([_request(4.0)])
    observer.see([_request(2.0, Outcome.INDETERMINATE, took=2.0)])
    assert observer.served_since() == 4.01


def test_a_failure_before_the_mark_does_not_count() -> None:
    observer = _seen(_request(1.0, Outcome.FAILED), _request(1.2), mark=2.0)
    assert observer.first_failure is None
    assert observer.served_since() == 2.0


def test_the_slowest_population_decides() -> None:
    observer = _seen(
        _request(1.0),
        _request(1.0, population="EU"),
        _request(2.0, Outcome.FAILED),
        _request(2.0, Outcome.FAILED, "EU"),
        _request(3.0),
        _request(7.0, population="EU"),
    )
    assert observer.served_since() == 7.01
