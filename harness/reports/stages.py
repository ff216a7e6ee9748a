"""The stages of the recovery, as the measure of recovery time left them in its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.verdict import Finding, Judgement
from harness.reports.wording import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: `at` in real seconds since the start, `after_effect` in model seconds; None where it was not seen."""

    name: str
    at: float | None
    after_effect: float | None
    by: str
    why: str


def stages(judgement: Judgement) -> tuple[Stage, ...]:
    """The stages of the first finding that has any: those seen in the order of their times, then those not seen."""
    found = next((f for f in judgement.findings if _listed(f)), None)
    if found is None:
        return ()
    read = [read_stage(s, "stage", "after_effect") for s in _listed(found)]
    seen = sorted((s for s in read if s.after_effect is not None), key=lambda s: s.after_effect or 0.0)
    return (*seen, *(s for s in read if s.after_effect is None))


def _listed(finding: Finding) -> list[Mapping[str, Any]]:
    listed = finding.measurement.evidence.get("stages")
    return [s for s in listed if isinstance(s, Mapping)] if isinstance(listed, list | tuple) else []


def read_stage(data: Mapping[str, Any], name: str, after: str) -> Stage:
    """A stage as evidence holds it: its name under `name`, its time after the effect or the demand under `after`."""
    return Stage(
        name=plain(data.get(name, "")),
        at=_seconds(data.get("at")),
        after_effect=_seconds(data.get(after)),
        by=plain(data.get("by") or ""),
        why=plain(data.get("why") or "not seen"),
    )


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stage and where it lies on the bar: `since` and `until` in percent; its bar began with the stage before."""

    stage: Stage
    since: float
    until: float
    took: float


def bars(found: tuple[Stage, ...]) -> tuple[Bar, ...]:
    """The stages that were seen as a waterfall: each lasts from the one before it until itself."""
    seen = [(s, s.after_effect) for s in found if s.after_effect is not None]
    if not seen:
        return ()
    first = seen[0][1]
    whole = max(seen[-1][1] - first, 1e-9)
    befores = [first, *(at for _, at in seen)]
    return tuple(
        Bar(stage=s, since=100 * (b - first) / whole, until=100 * (at - first) / whole, took=at - b)
        for (s, at), b in zip(seen, befores, strict=False)
    )
