"""How many of the requests that clients meant to make were answered."""

from harness.measures.registry import Scope, measure
from harness.measures.sample import requests_in, spans_of, where
from harness.measures.trace import PROBES, answered
from harness.model.history import History, Request, Stream
from harness.model.verdict import Measurement, Relation, unmeasured


@measure("availability", unit="%", relation=Relation.AT_LEAST, phase=True)
def availability(history: History, scope: Scope) -> Measurement:
    """Answered load requests over all that were due; over reads and writes where there is no load. In percent.

    Resolution: one request. To tell 99.95 % from 100 % takes more than 2000 requests.
    """
    if not spans_of(history, scope):
        return unmeasured("%", f"the run never was{where(scope)}" if scope.phase else "the run had no phases")
    intended, kind = _intended(history, scope)
    if not intended:
        return unmeasured("%", f"no request was due{where(scope)}")
    good = sum(answered(r) for r in intended)
    return Measurement(
        value=100 * good / len(intended),
        unit="%",
        resolution=100 / len(intended),
        because=f"{good} of {len(intended)} {kind} requests{where(scope)} were answered",
        evidence={"of": kind, "intended": len(intended), "answered": good, "unanswered": _unanswered(intended)},
    )


def _intended(history: History, scope: Scope) -> tuple[tuple[Request, ...], str]:
    if any(r.stream is Stream.LOAD for r in history.requests):
        return requests_in(history, scope, (Stream.LOAD,)), "load"
    return requests_in(history, scope, PROBES), "read and write"


def _unanswered(intended: tuple[Request, ...]) -> dict[str, int]:
    bad = [r for r in intended if not answered(r)]
    return {o: sum(r.outcome == o for r in bad) for o in sorted({r.outcome.value for r in bad})}
