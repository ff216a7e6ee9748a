"""How what was measured changed from run to run. Pure.

A measured value is true to its resolution, so a difference is true to the sum of both: two resolutions are limits, not
deviations that could cancel out. What lies within that sum is no change.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.judge import DIGITS
from harness.model.verdict import Finding, Measurement, Relation, Verdict

Key = tuple[object, ...]


class Change(StrEnum):
    """What a difference means; UNKNOWN where one of the two values says nothing."""

    BETTER = "better"
    SAME = "no change"
    WORSE = "worse"
    UNKNOWN = "not comparable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run as it was judged. `verdict` is None for one that never was; `wall` is ISO, "" where nobody knows it."""

    name: str
    folder: str
    drill: str
    environment: str
    time_scale: float
    wall: str
    verdict: Verdict | None = None
    voids: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far a value lies from an earlier one, in the unit of both. `value` is None where that cannot be said."""

    change: Change
    value: float | None = None
    uncertainty: float = 0.0
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measure in one run: what was found, and how it differs from the run it is held against (None for the first)."""

    finding: Finding | None
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One measure through all runs, a point for each."""

    title: str
    unit: str
    relation: Relation
    points: tuple[Point, ...]

    @property
    def ends(self) -> tuple[Point, Point]:
        """The first and the last point where something was measured; of all points where nothing ever was."""
        seen = [p for p in self.points if p.finding and p.finding.measurement.value is not None] or self.points
        return seen[0], seen[-1]

    def every(self, change: Change) -> tuple[int, ...]:
        """The numbers of the runs with such a change."""
        return tuple(n for n, p in enumerate(self.points) if p.difference and p.difference.change is change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Runs in order, every measure through them, and in what the runs themselves differ.

    Each run is held against the first; against the one before it where the trend is `stepwise`. `tolerance` is the
    share of the earlier value by which a value may be worse.
    """

    runs: tuple[Ran, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()
    stepwise: bool = False
    tolerance: float = 0.0

    def of(self, change: Change) -> tuple[tuple[Series, int], ...]:
        """Every measure and the number of the run with such a change; stepwise only the last judged run counts."""
        judged = [n for n, run in enumerate(self.runs) if run.verdict is not None]
        counted = judged[-1:] if self.stepwise else range(len(self.runs))
        return tuple((s, n) for s in self.series for n in s.every(change) if n in counted)


def compare(runs: Sequence[Ran], tolerance: float = 0.0) -> Trend:
    """Hold every run against the first. `tolerance`: the share of the first value by which one may be worse."""
    return _trend(runs, tolerance, stepwise=False)


def follow(runs: Sequence[Ran], tolerance: float = 0.0) -> Trend:
    """Hold every run against the last one before it that measured something; see `compare`."""
    return _trend(runs, tolerance, stepwise=True)


def difference(base: Measurement, new: Measurement, relation: Relation, tolerance: float = 0.0) -> Difference:
    """How a measurement differs from an earlier one; at most is better lower, at least is better higher."""
    if base.value is None or new.value is None:
        which = "before" if base.value is None else "in this run"
        return Difference(change=Change.UNKNOWN, because=f"not measured {which}")
    if base.unit != new.unit:
        return Difference(change=Change.UNKNOWN, because=f"measured in {base.unit} before, in {new.unit} now")
    sign = 1.0 if relation is Relation.AT_MOST else -1.0
    least_worse, most_worse = _span(base, new, sign)
    change = Change.SAME
    if round(least_worse - tolerance * abs(base.value), DIGITS) > 0:
        change = Change.WORSE
    elif round(most_worse, DIGITS) < 0:
        change = Change.BETTER
    return Difference(change=change, value=new.value - base.value, uncertainty=base.resolution + new.resolution)


def _span(base: Measurement, new: Measurement, sign: float) -> tuple[float, float]:
    """By how much it got worse at least, and at most."""
    (low, high), (new_low, new_high) = limits(base), limits(new)
    rises, falls = new_high - low, new_low - high
    return (falls, rises) if sign > 0 else (-rises, -falls)


def limits(measurement: Measurement) -> tuple[float, float]:
    """Between which values the true one lies; a lower bound has no upper limit, and an upper bound no lower one."""
    value = measurement.value or 0.0
    low = -math.inf if measurement.evidence.get("at_most") else value - measurement.resolution
    high = math.inf if measurement.evidence.get("at_least") else value + measurement.resolution
    return low, high


def _trend(runs: Sequence[Ran], tolerance: float, *, stepwise: bool) -> Trend:
    found = [{_key(f): f for f in reversed(run.findings)} for run in runs]
    keys = dict.fromkeys(_key(f) for run in runs for f in run.findings)
    series = tuple(_series([each.get(key) for each in found], runs, tolerance, stepwise) for key in keys)
    notes = tuple(_notes(runs, found))
    return Trend(runs=tuple(runs), series=series, notes=notes, stepwise=stepwise, tolerance=tolerance)


def _key(finding: Finding) -> Key:
    return finding.criterion.key


def _series(found: Sequence[Finding | None], runs: Sequence[Ran], tolerance: float, stepwise: bool) -> Series:
    criterion = next(f for f in found if f).criterion
    points, base = [Point(finding=found[0], difference=None)], 0
    for number in range(1, len(runs)):
        if stepwise and _counts(runs[number - 1], found[number - 1]):
            base = number - 1
        held = _held(found, runs, (base, number), tolerance)
        points.append(Point(finding=found[number], difference=held))
    return Series(
        title=criterion.title, unit=criterion.bound.unit, relation=criterion.bound.relation, points=tuple(points)
    )


def _counts(run: Ran, finding: Finding | None) -> bool:
    return finding is not None and finding.measurement.value is not None and not run.voids


def _held(found: Sequence[Finding | None], runs: Sequence[Ran], pair: tuple[int, int], tolerance: float) -> Difference:
    base, new = found[pair[0]], found[pair[1]]
    useless = next((f"run {n + 1} {why}" for n in pair if (why := _useless(runs[n]))), "")
    if useless or base is None or new is None:
        gone = "no such criterion before" if base is None else "no such criterion in this run"
        return Difference(change=Change.UNKNOWN, because=useless or gone)
    return difference(base.measurement, new.measurement, new.criterion.bound.relation, tolerance)


def _useless(run: Ran) -> str:
    return "is void" if run.voids else "was never judged" if run.verdict is None else ""


def _notes(runs: Sequence[Ran], found: Sequence[dict[Key, Finding]]) -> list[str]:
    """In what the runs differ before anything was measured."""
    facts = {
        "drill": [r.drill for r in runs],
        "environment": [r.environment for r in runs],
        "time scale": [f"x{r.time_scale:g}" for r in runs],
    }
    notes = [f"the {name} differs: {', '.join(dict.fromkeys(v))}" for name, v in facts.items() if len(set(v)) > 1]
    bounds: dict[Key, set[float]] = {}
    for key, finding in [(k, f) for each in found for k, f in each.items()]:
        bounds.setdefault(key, set()).add(finding.criterion.bound.value)
    titles = {k: f.criterion.title for each in found for k, f in each.items()}
    return notes + [f"{titles[k]}: the bound differs between runs" for k, values in bounds.items() if len(values) > 1]
