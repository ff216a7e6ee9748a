"""Bounds and measurements for the tests of judgement."""

from harness.model.verdict import Bound, Criterion, Measurement, Relation

MOST, LEAST = Relation.AT_MOST, Relation.AT_LEAST


def limit(value: float, relation: Relation = MOST, unit: str = "s") -> Bound:
    """A bound, by default at most so many seconds."""
    return Bound(relation=relation, value=value, unit=unit)


def measured(value: float | None, resolution: float = 0.0, unit: str = "s", **evidence: object) -> Measurement:
    """What a measure found."""
    return Measurement(value=value, unit=unit, resolution=resolution, because="NA was last", evidence=evidence)


RECOVERY = Criterion(measure="recovery time", bound=limit(60))
