"""Holds what was measured against the criteria. Pure: the same history gives the same findings, byte for byte."""

import json
import math
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from harness.errors import StoreError
from harness.measures.registry import Scope, find
from harness.measures.units import amount
from harness.measures.voids import voids
from harness.measures.windows import window_edges
from harness.model.history import History
from harness.model.verdict import (
    Bound,
    Criterion,
    Finding,
    Judgement,
    Measurement,
    Relation,
    Verdict,
    unmeasured,
    worst,
)

DIGITS = 6
FORMAT = 1


def judge(history: History, criteria: Iterable[Criterion]) -> Judgement:
    """Judge every criterion, and say why the run may prove nothing."""
    wanted = tuple(criteria)
    findings = tuple(_find(history, c) for c in wanted)
    passed = worst(f.verdict for f in findings) is Verdict.PASS
    return Judgement(findings=findings, voids=_voids(history, wanted) or (_runbook_failed(history) if passed else ()))


def _runbook_failed(history: History) -> tuple[str, ...]:
    """A runbook that failed is no pass though clients were served; and it takes nothing from a FAIL."""
    failed = (e.data for e in history.every("step") if e.data.get("state") == "failed")
    never = (str(e.data["because"]) for e in history.every("not recovered") if "never started" in e.data["because"])
    return (*(f"the runbook failed at {d['step']}: {d['because']}" for d in failed), *never)


def _voids(history: History, criteria: tuple[Criterion, ...]) -> tuple[str, ...]:
    try:
        return voids(history, criteria)
    except Exception as error:
        return (f"whether the run proves anything could not be told: {error!r}",)


def _find(history: History, criterion: Criterion) -> Finding:
    measurement = _measure(history, criterion)
    verdict, because = hold(measurement, criterion.bound)
    return Finding(criterion=criterion, measurement=measurement, verdict=verdict, because=because)


def _measure(history: History, criterion: Criterion) -> Measurement:
    known = find(criterion.measure)
    if known is None:
        return unmeasured(criterion.bound.unit, f"there is no measure {criterion.measure!r}")
    try:
        return known.take(history, _scope(criterion))
    except Exception as error:
        because = f"the measure itself failed: {type(error).__name__}: {error}"
        return unmeasured(known.unit, because, traceback="".join(traceback.format_exception(error)))


def slot_edges(history: History, criteria: Iterable[Criterion]) -> tuple[float, ...]:
    """Between which moments the load must have been counted so that the criteria can be judged."""
    return tuple(edge for c in criteria for edge in _edges(history, c))


def _edges(history: History, criterion: Criterion) -> tuple[float, ...]:
    known, scope = find(criterion.measure), _scope(criterion)
    edges = window_edges(history, scope) if scope.window else ()
    with suppress(Exception):  # what is wrong is told when the measure is taken
        edges = (*edges, *(known.edges(history, scope) if known and known.edges else ()))
    return edges


def _scope(criterion: Criterion) -> Scope:
    return Scope(phase=criterion.phase, population=criterion.population, window=criterion.window)


def hold(measurement: Measurement, bound: Bound) -> tuple[Verdict, str]:
    """Hold one measurement against its bound: the verdict, and why.

    A value whose `evidence` says "at_least" or "at_most" is a bound of what would have been measured with more to see.
    """
    if measurement.value is None:
        return Verdict.INCONCLUSIVE, f"not measured: {measurement.because}"
    if problem := _unusable(measurement.value, measurement, bound):
        return Verdict.INCONCLUSIVE, problem
    verdict, because = _held(measurement.value, measurement, bound)
    return verdict, f"{because}: {measurement.because}"


def _held(value: float, measurement: Measurement, bound: Bound) -> tuple[Verdict, str]:
    if measurement.evidence.get("at_least"):
        return _hold_lower_bound(value, measurement.resolution, bound)
    if measurement.evidence.get("at_most"):
        return _hold_upper_bound(value, measurement.resolution, bound)
    return _hold_value(value, measurement, bound)


def _unusable(value: float, measurement: Measurement, bound: Bound) -> str:
    if measurement.unit != bound.unit:
        return f"the bound is in {bound.unit}, the measure in {measurement.unit}"
    if not math.isfinite(value) or not math.isfinite(measurement.resolution) or measurement.resolution < 0:
        return f"not a number to judge: {value} ± {measurement.resolution} {measurement.unit}"
    return ""


def _hold_value(value: float, measurement: Measurement, bound: Bound) -> tuple[Verdict, str]:
    resolution = measurement.resolution
    shown, limit = _shown(value, resolution, bound), _limit(bound)
    if value - resolution < bound.value < value + resolution:
        why = f", for it is limited by {measurement.limited_by}" if measurement.limited_by else ""
        remedy = _remedy(value, measurement, bound)
        return Verdict.INCONCLUSIVE, f"{shown} cannot be told from {limit}{why}; {remedy} would decide it"
    met = value <= bound.value if bound.relation is Relation.AT_MOST else value >= bound.value
    return (Verdict.PASS, f"{shown} is {limit}") if met else (Verdict.FAIL, f"{shown} is not {limit}")


def _remedy(value: float, measurement: Measurement, bound: Bound) -> str:
    """What would make the resolution finer, as the measure says, or how many requests would."""
    if bound.unit == "%" and value != bound.value and not measurement.remedy:
        return f"{math.ceil(round(100 / abs(value - bound.value), DIGITS))} requests or more"
    return measurement.remedy or ("more requests" if bound.unit == "%" else "only a bound further away")


def _hold_lower_bound(value: float, resolution: float, bound: Bound) -> tuple[Verdict, str]:
    least, limit = f"at least {amount(value, bound.unit)}", _limit(bound)
    if bound.relation is Relation.AT_MOST and value - resolution > bound.value:
        return Verdict.FAIL, f"{least} is not {limit}"
    if bound.relation is Relation.AT_LEAST and value - resolution >= bound.value:
        return Verdict.PASS, f"{least} is {limit}"
    return Verdict.INCONCLUSIVE, f"{least} was seen and {limit} is asked; a longer run would decide it"


def _hold_upper_bound(value: float, resolution: float, bound: Bound) -> tuple[Verdict, str]:
    most, limit = f"at most {amount(value, bound.unit)}", _limit(bound)
    if bound.relation is Relation.AT_LEAST and value + resolution < bound.value:
        return Verdict.FAIL, f"{most} is not {limit}"
    if bound.relation is Relation.AT_MOST and value + resolution <= bound.value:
        return Verdict.PASS, f"{most} is {limit}"
    return Verdict.INCONCLUSIVE, f"{most} was seen and {limit} is asked; more requests would decide it"


def _shown(value: float, resolution: float, bound: Bound) -> str:
    """The value so that it does not look equal to a bound that it is not equal to."""
    unit, text = bound.unit, amount(value, bound.unit)
    if value != bound.value and text == amount(bound.value, unit):
        text = f"{value:.9g} {unit}"
    return text + (f" ± {amount(resolution, unit)}" if resolution else "")


def _limit(bound: Bound) -> str:
    return f"{bound.relation.value} {amount(bound.value, bound.unit)}"


def findings_json(judgement: Judgement, history: History) -> str:
    """The findings as the text of findings.json: sorted keys, numbers to 6 decimals, one trailing newline."""
    content = {
        "format": FORMAT,
        "drill": history.drill,
        "environment": history.environment,
        "time_scale": history.time_scale,
        "verdict": judgement.verdict.value,
        "voids": judgement.voids,
        "findings": [_finding_data(f) for f in judgement.findings],
    }
    return json.dumps(_plain(content), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def judgement_from_json(text: str) -> Judgement:
    """The judgement that findings.json holds. Raises StoreError for anything else."""
    try:
        content = json.loads(text)
        return Judgement(findings=tuple(_finding(f) for f in content["findings"]), voids=tuple(content["voids"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError([f"not a findings.json: {type(error).__name__}: {error}"]) from error


def _finding_data(finding: Finding) -> dict[str, Any]:
    criterion, measured = finding.criterion, finding.measurement
    bound = {"relation": criterion.bound.relation.value, "value": criterion.bound.value, "unit": criterion.bound.unit}
    return {
        "title": criterion.title,
        "criterion": {
            "measure": criterion.measure,
            "bound": bound,
            "phase": criterion.phase,
            "population": criterion.population,
            "window": criterion.window,
        },
        "measurement": {
            "value": measured.value,
            "unit": measured.unit,
            "resolution": measured.resolution,
            "because": measured.because,
            "limited_by": measured.limited_by,
            "remedy": measured.remedy,
            "evidence": measured.evidence,
        },
        "verdict": finding.verdict.value,
        "because": finding.because,
    }


def _finding(data: Mapping[str, Any]) -> Finding:
    criterion, bound = data["criterion"], data["criterion"]["bound"]
    limit = Bound(relation=Relation(bound["relation"]), value=bound["value"], unit=bound["unit"])
    return Finding(
        criterion=Criterion(**{**criterion, "bound": limit}),
        measurement=Measurement(**data["measurement"]),
        verdict=Verdict(data["verdict"]),
        because=data["because"],
    )


def _plain(value: Any) -> Any:
    """JSON data only; numbers rounded, those that are none become null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
