"""What changed against the baseline: the last accepted run, as it was frozen into the journal before this one began."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor, isfinite
from typing import Any

from harness.measures.blocks import block_edges, blocks, quantile_limits, share_limits
from harness.measures.latency import needed
from harness.measures.order_statistics import Limits
from harness.measures.quantile import quantile
from harness.measures.registry import Scope, family, measure
from harness.measures.sample import never_was, spans_of, where
from harness.measures.units import amount
from harness.model.history import History
from harness.model.load import total
from harness.model.verdict import Criterion, Measurement, unmeasured

BASELINE = "baseline"
NO_BASELINE = "no baseline"
ERRORS = "error rate change"
CHANGE = " latency change"
MORE = "more requests in both runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of one run: its value, between which limits the truth lies, and of how many requests it is."""

    value: float
    low: float
    high: float
    requests: int


def _percentile_of(name: str) -> Fraction:
    """The percentile whose change a measure is; 0 for any other measure."""
    if not name.endswith(CHANGE):
        return Fraction(0)
    return Fraction(name.removeprefix("P").removesuffix(CHANGE))


@family(r"P\d{1,2}(\.\d{1,3})? latency change")
def percentile_change(name: str) -> None:
    """Register "P<number> latency change" for a percentile between 0 and 100."""
    percentile = _percentile_of(name)
    if not percentile:
        return

    @measure(name, unit="%", phase=True, needs=("load", BASELINE), edges=block_edges)
    def take(history: History, scope: Scope) -> Measurement:
        """By how much a percentile of the latency is higher than in the last accepted run, in percent of it.

        Resolution: what both runs leave open, by how much blocks of them differ.
        """
        return _changed(name, history, scope)


percentile_change("P95 latency change")


@measure(ERRORS, unit="pp", phase=True, needs=("load", BASELINE), edges=block_edges)
def error_rate_change(history: History, scope: Scope) -> Measurement:
    """By how many percentage points more requests had no answer than in the last accepted run.

    Resolution: what both runs leave open, by how much blocks of them differ.
    """
    return _changed(ERRORS, history, scope)


def figure(name: str, history: History, scope: Scope) -> Figure | str:
    """The figure of one run that the change of this measure is about, or why there is none."""
    if not spans_of(history, scope):
        return never_was(scope)
    percentile = _percentile_of(name)
    known = blocks(history, scope)
    requests, least = sum(s.requests for s in known), needed(percentile or Fraction(95))
    if requests < least:
        return f"{requests} load requests were due{where(scope)}; it takes {least}"
    if not percentile:
        hits, counts = [s.requests - s.answered for s in known], [s.requests for s in known]
        limits = share_limits(hits, counts)
        return Figure(value=100 * sum(hits) / requests, low=100 * limits.low, high=100 * limits.high, requests=requests)
    whole, share = total(known), float(percentile / 100)
    limits = quantile_limits(known, whole, share)
    return Figure(value=quantile(whole, share), low=limits.low, high=limits.high, requests=requests)


def frozen(history: History, criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    """The figures of an accepted run that these criteria will ask for, as JSON data."""
    return [_frozen(history, c) for c in criteria if c.measure == ERRORS or _percentile_of(c.measure)]


def _frozen(history: History, criterion: Criterion) -> dict[str, Any]:
    scope = Scope(phase=criterion.phase, population=criterion.population)
    about = {"measure": criterion.measure, "phase": criterion.phase, "population": criterion.population}
    found = figure(criterion.measure, history, scope)
    if isinstance(found, str):
        return {**about, "because": found}
    if not isfinite(found.high):
        return {**about, "because": f"too many requests{where(scope)} had no answer to say how long they took"}
    return {**about, "value": found.value, "low": found.low, "high": found.high, "requests": found.requests}


def _changed(name: str, history: History, scope: Scope) -> Measurement:
    unit = "pp" if name == ERRORS else "%"
    event = history.first(BASELINE)
    if event is None:
        return unmeasured(unit, "the drill names no baseline: Given the last accepted run as the baseline")
    if event.data.get("because"):
        return unmeasured(unit, str(event.data["because"]), baseline=NO_BASELINE)
    before = _before(name, event.data, scope)
    now = figure(name, history, scope)
    if isinstance(before, str) or isinstance(now, str):
        return unmeasured(unit, before if isinstance(before, str) else str(now))
    told = (
        f"{_shown(now, unit)} against {_shown(before, unit)} in the accepted run {event.data.get('run')}{where(scope)}"
    )
    return _points(now, before, told) if unit == "pp" else _percent(now, before, told, _longest(history, scope))


def _before(name: str, data: Mapping[str, Any], scope: Scope) -> Figure | str:
    asked = (name, scope.phase, scope.population)
    kept = [f for f in data.get("figures") or () if (f["measure"], f["phase"], f["population"]) == asked]
    if not kept:
        return f"no figure of the accepted run was kept for {name}{where(scope)}: the drill did not declare it"
    if "because" in kept[0]:
        return f"in the accepted run {data.get('run')}: {kept[0]['because']}"
    return Figure(**{key: kept[0][key] for key in ("value", "low", "high", "requests")})


def _longest(history: History, scope: Scope) -> float:
    """The longest wait in ms: what had no answer took longer."""
    return max(sample.longest_wait for sample in blocks(history, scope)) / 1e6


def _points(now: Figure, before: Figure, told: str) -> Measurement:
    limits = Limits(low=now.low - before.high, high=now.high - before.low)
    return _measured(round(now.value - before.value, 3), limits, 3, told, _evidence(now, before))


def _percent(now: Figure, before: Figure, told: str, longest: float) -> Measurement:
    if before.low <= 0:
        return unmeasured("%", f"{told}: a change of so little says nothing")
    low = 100 * (now.low / before.high - 1)
    if not isfinite(now.high):
        least = 100 * ((now.low if isfinite(now.low) else longest) / before.high - 1)
        because = f"{told}; too many requests had no answer to say how much longer they took"
        return Measurement(value=_down(least, 1), unit="%", because=because, evidence={"at_least": True})
    limits = Limits(low=low, high=100 * (now.high / before.low - 1))
    return _measured(round(100 * (now.value / before.value - 1), 1), limits, 1, told, _evidence(now, before))


def _measured(value: float, limits: Limits, digits: int, told: str, evidence: Mapping[str, Any]) -> Measurement:
    """The change with a resolution that reaches to both limits, rounded so that it still does."""
    return Measurement(
        value=value,
        unit="%" if digits == 1 else "pp",
        resolution=-_down(-max(limits.high - value, value - limits.low, 0.0), digits),
        because=told,
        limited_by="how much blocks of both runs differ",
        remedy=MORE,
        evidence={**evidence, "low": limits.low, "high": limits.high},
    )


def _evidence(now: Figure, before: Figure) -> dict[str, Any]:
    return {"now": _data(now), "before": _data(before)}


def _down(value: float, digits: int) -> float:
    return floor(value * 10.0**digits) / 10.0**digits


def _data(figure_: Figure) -> dict[str, float]:
    return {"value": figure_.value, "low": figure_.low, "high": figure_.high, "requests": figure_.requests}


def _shown(figure_: Figure, unit: str) -> str:
    of = "%" if unit == "pp" else "ms"
    if not isfinite(figure_.value):
        return f"no answer (of {figure_.requests} requests)"
    value, low, high = (
        amount(round(each, 3), of).removesuffix(f" {of}") for each in (figure_.value, figure_.low, figure_.high)
    )
    return f"{value} {of} ({low} to {high}, of {figure_.requests} requests)"
