"""How many of the requests that clients meant to make were answered."""

from collections import Counter
from collections.abc import Callable, Mapping

from harness.measures.registry import Scope, measure
from harness.measures.sample import load_in, never_was, requests_in, spans_of, where
from harness.measures.trace import PROBES
from harness.measures.windows import Window, sample_in, worst_window
from harness.model.history import History, Outcome, Request
from harness.model.load import Sample
from harness.model.verdict import Measurement, Relation, unmeasured

Outcomes = Mapping[Outcome, int]


@measure("availability", unit="%", relation=Relation.AT_LEAST, phase=True, window=True)
def availability(history: History, scope: Scope) -> Measurement:
    """Answered load requests over all that were due; over reads and writes where there is no load. In percent.

    Resolution: one request. To tell 99.95 % from 100 % takes more than 2000 requests.
    """
    if not spans_of(history, scope):
        return unmeasured("%", never_was(scope))
    if history.load is not None and history.load.whole.requests:
        return _of_load(history, scope)
    return _of_probes(history, scope)


def _of_load(history: History, scope: Scope) -> Measurement:
    if scope.window is None:
        return _share(_counted(load_in(history, scope)), "load", scope)
    return _worst(history, scope, lambda w: _share(_counted(sample_in(history, scope, w)), "load", scope))


def _of_probes(history: History, scope: Scope) -> Measurement:
    probes = requests_in(history, scope, PROBES)
    if scope.window is None:
        return _share(_outcomes(probes), "read and write", scope)
    return _worst(history, scope, lambda w: _share(_outcomes(_within(probes, w)), "read and write", scope))


def _worst(history: History, scope: Scope, take: Callable[[Window], Measurement]) -> Measurement:
    return worst_window(history, scope, "%", Relation.AT_LEAST, take)


def _share(outcomes: Outcomes, kind: str, scope: Scope) -> Measurement:
    intended, good = sum(outcomes.values()), outcomes.get(Outcome.OK, 0)
    if not intended:
        return unmeasured("%", f"no request was due{where(scope)}")
    unanswered = {o.value: n for o, n in sorted(outcomes.items()) if n and o is not Outcome.OK}
    return Measurement(
        value=100 * good / intended,
        unit="%",
        resolution=100 / intended,
        because=f"{good} of {intended} {kind} requests{where(scope)} were answered",
        limited_by=f"one request of {intended}",
        evidence={"of": kind, "intended": intended, "answered": good, "unanswered": unanswered},
    )


def _counted(sample: Sample) -> Outcomes:
    return {outcome: sample.of(outcome) for outcome in Outcome}


def _outcomes(requests: tuple[Request, ...]) -> Outcomes:
    return Counter(r.outcome for r in requests)


def _within(requests: tuple[Request, ...], window: Window) -> tuple[Request, ...]:
    return tuple(r for r in requests if window[0] <= r.due < window[1])
