"""Measurements, criteria, findings and the verdict they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any


class Verdict(Enum):
    """PASS < INCONCLUSIVE < FAIL; the worst one wins."""

    PASS = "PASS"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"

    @property
    def rank(self) -> int:
        """0 for PASS, 1 for INCONCLUSIVE, 2 for FAIL."""
        return ("PASS", "INCONCLUSIVE", "FAIL").index(self.value)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; INCONCLUSIVE when there is none, for nothing judged is not success."""
    return max(verdicts, key=lambda v: v.rank, default=Verdict.INCONCLUSIVE)


class Relation(StrEnum):
    """On which side of the bound the value must lie."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The limit of a criterion, in the unit of its measure: those of `harness.measures.units`."""

    relation: Relation
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A measure and its bound, optionally in one phase, for one client population, and in any `window` (model s)."""

    measure: str
    bound: Bound
    phase: str | None = None
    population: str | None = None
    window: float | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What is judged, whatever the bound."""
        return self.measure, self.phase, self.population, self.window

    @property
    def title(self) -> str:
        """How the criterion reads in reports, such as "P95 latency in recovered for NA in any 60 s"."""
        phase = f" in {self.phase}" if self.phase else ""
        population = f" for {self.population}" if self.population else ""
        window = f" in any {self.window:g} s" if self.window else ""
        return f"{self.measure}{phase}{population}{window}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a measure found. `value` is None when nothing could be measured; `because` then says why.

    `value` and `resolution` are in `unit`. The true value lies in value ± resolution; `limited_by` says what makes it
    no finer, and `remedy` what would.
    `evidence` is JSON data (str keys; str, float, int, bool, None, list, dict) that a report may show.
    """

    value: float | None
    unit: str
    resolution: float = 0.0
    because: str
    limited_by: str = ""
    remedy: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One criterion, what was measured for it, and whether it was met."""

    criterion: Criterion
    measurement: Measurement
    verdict: Verdict
    because: str


def unmeasured(unit: str, because: str, **evidence: Any) -> Measurement:
    """A measurement without a value: nothing observed is not success."""
    return Measurement(value=None, unit=unit, because=because, evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Every finding of a run and what they add up to.

    `voids` are the reasons why the run proves nothing (the fault touched nothing, data was never read back ...).
    A void run is INCONCLUSIVE whatever its findings say, and its causes stand first in every report.
    """

    findings: tuple[Finding, ...]
    voids: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst finding; INCONCLUSIVE for a void run or one without findings."""
        if self.voids:
            return Verdict.INCONCLUSIVE
        return worst(f.verdict for f in self.findings)
