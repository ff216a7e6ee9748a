"""How long answers took, from the moment their request should have been sent."""

from fractions import Fraction
from math import ceil
from typing import Any

from hdrh.histogram import HdrHistogram

from harness.measures.registry import Scope, family, measure
from harness.measures.sample import requests_in, spans_of, where
from harness.measures.trace import answered
from harness.measures.units import amount
from harness.model.history import History, Request, Stream
from harness.model.verdict import Measurement, unmeasured

DIGITS = 3
PRECISION = 10.0**-DIGITS
REQUESTS_ABOVE = 10


@family(r"P\d{1,2}(\.\d{1,3})? latency")
def percentile_latency(name: str) -> None:
    """Register "P<number> latency" for a percentile between 0 and 100."""
    percentile = Fraction(name.removeprefix("P").removesuffix(" latency"))
    if percentile == 0:
        return

    @measure(name, unit="ms", phase=True, needs=("load",))
    def take(history: History, scope: Scope) -> Measurement:
        """Latency of the load requests at a percentile, from their due time. Real ms; HdrHistogram, 3 digits.

        Requests without an answer took longer than any other. Needs 10 requests above the percentile (200 for P95).
        Where more requests than lie above it had no answer, it is the latency of one of these: a lower bound
        ("at_least").
        """
        return latency_at(percentile, history, scope)


for _name in ("P50 latency", "P95 latency", "P99 latency", "P99.9 latency"):
    percentile_latency(_name)


def latency_at(percentile: Fraction, history: History, scope: Scope) -> Measurement:
    """The latency at one percentile over the load requests of the scope."""
    if not spans_of(history, scope):
        return unmeasured("ms", f"the run never was{where(scope)}" if scope.phase else "the run had no phases")
    requests = requests_in(history, scope, (Stream.LOAD,))
    if problem := _problem(percentile, requests, scope):
        return unmeasured("ms", problem, requests=len(requests))
    silent = [r for r in requests if not answered(r)]
    if len(silent) > (1 - percentile / 100) * len(requests):
        return _unanswered(percentile, requests, silent)
    return _answered(percentile, requests, [r for r in requests if answered(r)])


def needed(percentile: Fraction) -> int:
    """How many requests a percentile needs, so that 10 lie above it: 200 for P95, 1000 for P99."""
    return ceil(REQUESTS_ABOVE / (1 - percentile / 100))


def _problem(percentile: Fraction, requests: tuple[Request, ...], scope: Scope) -> str:
    if len(requests) < needed(percentile):
        return (
            f"{len(requests)} load requests were due{where(scope)}; {_name_of(percentile)} needs {needed(percentile)}"
        )
    if early := sum(r.latency < 0 or r.service_time < 0 for r in requests):
        return f"{early} requests were answered before they were due: the clocks disagree"
    return ""


def _answered(percentile: Fraction, requests: tuple[Request, ...], good: list[Request]) -> Measurement:
    value = _percentile(percentile, [r.latency for r in good], len(requests))
    because = (
        f"{_name_of(percentile)} of {len(requests)} requests is {amount(value, 'ms')} from their due time; "
        f"{len(requests) - len(good)} of {len(requests)} had no answer"
    )
    evidence = _evidence(percentile, requests, good)
    return Measurement(value=value, unit="ms", resolution=value * PRECISION, because=because, evidence=evidence)


def _unanswered(percentile: Fraction, requests: tuple[Request, ...], silent: list[Request]) -> Measurement:
    value = max(r.latency for r in requests) * 1e3
    because = (
        f"{len(silent)} of {len(requests)} requests had no answer, more than lie above {_name_of(percentile)}: "
        f"it is above the longest wait, {amount(value, 'ms')}"
    )
    evidence = {"at_least": True, **_evidence(percentile, requests, [r for r in requests if answered(r)])}
    return Measurement(value=value, unit="ms", because=because, evidence=evidence)


def _evidence(percentile: Fraction, requests: tuple[Request, ...], good: list[Request]) -> dict[str, Any]:
    return {
        "percentile": float(percentile),
        "requests": len(requests),
        "answered": len(good),
        "unanswered": len(requests) - len(good),
        "service_time": _percentile(percentile, [r.service_time for r in good], len(requests)) if good else None,
        "longest": max((r.latency for r in good), default=0.0) * 1e3 if good else None,
    }


def _percentile(percentile: Fraction, seconds: list[float], requests: int) -> float:
    """The percentile over all requests in ms, recorded in whole microseconds; those not in the list come after them."""
    within = min(Fraction(100), percentile * requests / len(seconds))
    micros = [max(1, round(s * 1e6)) for s in seconds]
    histogram = HdrHistogram(1, max(2, *micros, 2), DIGITS)
    for each in micros:
        histogram.record_value(each)
    return float(histogram.get_value_at_percentile(float(within))) / 1e3


def _name_of(percentile: Fraction) -> str:
    return f"P{float(percentile):g}"
