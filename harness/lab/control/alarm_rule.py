"""What an alarm watches, and what datapoints amount to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.lab.control.metric_queries import Query
from harness.lab.control.metrics import MetricKey

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"

_COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": ("greater than", lambda value, bound: value > bound),
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, bound: value >= bound),
    "LessThanThreshold": ("less than", lambda value, bound: value < bound),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, bound: value <= bound),
}
COMPARISONS = tuple(_COMPARISONS)
MISSING = ("missing", "ignore", "breaching", "notBreaching")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an alarm watches: `needed` of the last `periods` datapoints must breach. `period` is in model seconds.

    Watched is a statistic of a metric, or else the one of `queries` (checked) whose data is returned.
    """

    metric: MetricKey | None = None
    statistic: str = ""
    queries: tuple[Query, ...] = ()
    comparison: str
    threshold: float
    period: float
    periods: int
    needed: int
    missing: str = "missing"

    def watched(self) -> tuple[Query, ...]:
        """The queries, of which one is returned."""
        return self.queries or (Query(id="m", metric=self.metric, statistic=self.statistic, period=self.period),)


def evaluate(rule: Rule, points: Sequence[float | None]) -> tuple[str | None, str]:
    """The state that some datapoints (none: missing) amount to, or none to stay as it was; and the reason."""
    words, breaches = _COMPARISONS[rule.comparison]
    present = [p for p in points if p is not None]
    if not present:
        return _unknown(rule, len(points))
    breaching = sum(breaches(p, rule.threshold) for p in present)
    absent = len(points) - len(present)
    counted = breaching + (absent if rule.missing == "breaching" else 0)
    if counted < rule.needed <= breaching + absent and rule.missing == "ignore":
        return None, ""
    state = ALARM if counted >= rule.needed else OK
    n = breaching if state == ALARM else len(present) - breaching
    shown = ", ".join(f"{p:g}" for p in present)
    verb = "was" if state == ALARM else "was not"
    reason = f"{n} out of the last {len(points)} datapoints [{shown}] {verb} {words} the threshold ({rule.threshold:g})"
    return state, f"Threshold Crossed: {reason} ({rule.needed} needed for ALARM)."


def _unknown(rule: Rule, count: int) -> tuple[str | None, str]:
    said = f"no datapoints were received for {count} period{'s' * (count != 1)}"
    match rule.missing:
        case "ignore":
            return None, ""
        case "breaching":
            return ALARM, f"Threshold Crossed: {said} and missing datapoints were treated as [Breaching]."
        case "notBreaching":
            return OK, f"Threshold Crossed: {said} and missing datapoints were treated as [NonBreaching]."
    return INSUFFICIENT, f"Insufficient Data: {said}."
