"""How long answers took, from the moment their request should have been sent."""

from fractions import Fraction
from math import ceil
from typing import Any

from hdrh.histogram import HdrHistogram

from harness.measures.registry import Scope, family, measure
from harness.measures.sample import load_in, never_was, spans_of, where
from harness.measures.units import amount
from harness.measures.windows import sample_in, worst_window
from harness.model.history import History
from harness.model.load import COARSE_WIDTH, Sample, Waits
from harness.model.verdict import Measurement, Relation, unmeasured

DIGITS = 3
PRECISION = 10.0**-DIGITS
REQUESTS_ABOVE = 10


@family(r"P\d{1,2}(\.\d{1,3})? latency")
def percentile_latency(name: str) -> None:
    """Register "P<number> latency" for a percentile between 0 and 100."""
    percentile = Fraction(name.removeprefix("P").removesuffix(" latency"))
    if percentile == 0:
        return

    @measure(name, unit="ms", phase=True, window=True, needs=("load",))
    def take(history: History, scope: Scope) -> Measurement:
        """Latency of the load requests at a percentile, from their due time. Real ms; HdrHistogram, 3 digits.

        Requests without an answer took longer than any other. Needs 10 requests above the percentile (200 for P95).
        Where more requests than lie above it had no answer, it is the latency of one of these: a lower bound
        ("at_least"). In windows: to 0.8 %.
        """
        return latency_at(percentile, history, scope)


for _name in ("P50 latency", "P95 latency", "P99 latency", "P99.9 latency"):
    percentile_latency(_name)


def latency_at(percentile: Fraction, history: History, scope: Scope) -> Measurement:
    """The latency at one percentile over the load requests of the scope."""
    if not spans_of(history, scope):
        return unmeasured("ms", never_was(scope))
    if scope.window is None:
        return _measured(percentile, load_in(history, scope), scope, PRECISION)
    return worst_window(
        history,
        scope,
        "ms",
        Relation.AT_MOST,
        lambda window: _measured(percentile, sample_in(history, scope, window), scope, COARSE_WIDTH),
    )


def needed(percentile: Fraction) -> int:
    """How many requests a percentile needs, so that 10 lie above it: 200 for P95, 1000 for P99."""
    return ceil(REQUESTS_ABOVE / (1 - percentile / 100))


def _measured(percentile: Fraction, sample: Sample, scope: Scope, precision: float) -> Measurement:
    if problem := _problem(percentile, sample, scope):
        return unmeasured("ms", problem, requests=sample.requests)
    if sample.requests - sample.answered > (1 - percentile / 100) * sample.requests:
        return _unanswered(percentile, sample)
    return _answered(percentile, sample, precision)


def _problem(percentile: Fraction, sample: Sample, scope: Scope) -> str:
    if sample.requests < needed(percentile):
        return (
            f"{sample.requests} load requests were due{where(scope)}; {_name_of(percentile)} needs {needed(percentile)}"
        )
    if sample.early:
        return f"{sample.early} requests were answered before they were due: the clocks disagree"
    return ""


def _answered(percentile: Fraction, sample: Sample, precision: float) -> Measurement:
    value = percentile_of(percentile, sample.latency, sample.requests)
    because = (
        f"{_name_of(percentile)} of {sample.requests} requests is {amount(value, 'ms')} from their due time; "
        f"{sample.requests - sample.answered} of {sample.requests} had no answer"
    )
    return Measurement(
        value=value,
        unit="ms",
        resolution=value * precision,
        because=because,
        limited_by=f"the buckets of the histogram, {100 * precision:.2g} % wide",
        evidence=_evidence(percentile, sample),
    )


def _unanswered(percentile: Fraction, sample: Sample) -> Measurement:
    value = sample.longest_wait / 1e6
    because = (
        f"{sample.requests - sample.answered} of {sample.requests} requests had no answer, more than lie above "
        f"{_name_of(percentile)}: it is above the longest wait, {amount(value, 'ms')}"
    )
    evidence = {"at_least": True, **_evidence(percentile, sample)}
    return Measurement(value=value, unit="ms", because=because, evidence=evidence)


def _evidence(percentile: Fraction, sample: Sample) -> dict[str, Any]:
    return {
        "percentile": float(percentile),
        "requests": sample.requests,
        "answered": sample.answered,
        "unanswered": sample.requests - sample.answered,
        "service_time": percentile_of(percentile, sample.service, sample.requests) if sample.service else None,
        "longest": sample.longest_answer / 1e6 if sample.answered else None,
    }


def percentile_of(percentile: Fraction, waits: Waits, requests: int) -> float:
    """The percentile over all requests in ms, from whole microseconds by bucket; those without one come after them."""
    within = min(Fraction(100), percentile * requests / sum(waits.values()))
    histogram = HdrHistogram(1, max(2, *waits, 2), DIGITS)
    for micros, count in waits.items():
        histogram.record_value(max(1, micros), count)
    return float(histogram.get_value_at_percentile(float(within))) / 1e3


def _name_of(percentile: Fraction) -> str:
    return f"P{float(percentile):g}"
