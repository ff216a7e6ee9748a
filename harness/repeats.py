"""What the repeats of one drill add up to. Pure.

Every run that was asked for counts. What is not known of one (it is void, it was aborted, it measured nothing, it never
began) may be anything: it neither meets a criterion nor misses it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.errors import ConfigError
from harness.measures.censored import Amount, Ends, figure, median, spread
from harness.measures.order_statistics import (
    CONFIDENCE,
    HALF,
    UNKNOWN,
    Interval,
    Limits,
    median_interval,
    more_to_show,
    quantile_bounds,
    shown,
)
from harness.model.verdict import Criterion, Finding, Relation, Verdict, worst
from harness.trend import Ran, limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What repeats are judged on: every run (`share` None), or the level that this share of all runs keeps."""

    name: str
    share: Fraction | None = None


ALL = Basis(name="all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """One criterion through all repeats.

    `findings` has one for each run that began, None where the run says nothing about it; `unknown` then says why.
    The figures are of the runs that measured it; `resolution` is the widest of theirs. `interval` is of the median,
    over all runs that began; `bounds` are those of the percentile that is judged on, over all that were asked for.
    """

    criterion: Criterion
    findings: tuple[Finding | None, ...]
    unknown: tuple[str, ...]
    verdict: Verdict
    because: str
    least: Amount | None
    median: Amount | None
    most: Amount | None
    spread: Amount | None
    resolution: float
    interval: Interval | None
    bounds: Limits | None

    @property
    def measured(self) -> int:
        """How many runs measured it."""
        return sum(f is not None for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """The runs that began, how many were asked for, and what they add up to."""

    runs: tuple[Ran, ...]
    asked: int
    basis: Basis
    measures: tuple[Repeated, ...]
    verdict: Verdict
    because: str


def basis_of(text: str) -> Basis:
    """What "all", "median" or "P90" means. Raises ConfigError for anything else."""
    if text in ("all", "median"):
        return ALL if text == "all" else Basis(name=text, share=HALF)
    if re.fullmatch(r"P\d{1,2}(\.\d)?", text) and Fraction(text[1:]) > 0:
        return Basis(name=text, share=Fraction(text[1:]) / 100)
    raise ConfigError([f"--judge-on {text}: write all, median, or a percentile between P0.1 and P99.9"])


def summarise(runs: Sequence[Ran], asked: int, basis: Basis) -> Repeats:
    """Add up the runs that began of those that were asked for."""
    criteria = dict.fromkeys(f.criterion for run in runs for f in run.findings)
    measures = tuple(_repeated(c, runs, asked, basis) for c in criteria)
    verdict, because = _overall(runs, asked, basis, measures)
    return Repeats(runs=tuple(runs), asked=asked, basis=basis, measures=measures, verdict=verdict, because=because)


def held(run: Ran) -> Verdict:
    """The verdict of a run; one that was never judged is INCONCLUSIVE."""
    return run.verdict or Verdict.INCONCLUSIVE


def level(basis: Basis, relation: Relation) -> str:
    """What the percentile is called: P90 holds in 90 % of all runs, so where more is better it is the P10."""
    if basis.share is None or basis.share == HALF:
        return basis.name
    return f"P{float(_side(basis.share, relation) * 100):g}"


def _side(share: Fraction, relation: Relation) -> Fraction:
    return share if relation is Relation.AT_MOST else 1 - share


def _overall(runs: Sequence[Ran], asked: int, basis: Basis, measures: Sequence[Repeated]) -> tuple[Verdict, str]:
    if basis.share is not None:
        verdict = worst(m.verdict for m in measures)
        counted = [(sum(m.verdict is v for m in measures), v.value) for v in Verdict]
        return verdict, f"on {basis.name}: {_listed(counted, len(measures), ('criterion', 'criteria'))}"
    verdicts = [held(r) for r in runs] + [Verdict.INCONCLUSIVE] * (asked - len(runs))
    return worst(verdicts), _listed([(verdicts.count(v), v.value) for v in Verdict], asked, ("run", "runs"))


def _listed(counted: Sequence[tuple[int, str]], every: int, nouns: tuple[str, str]) -> str:
    noun = nouns[every != 1]
    return ", ".join(f"{n} of {every} {noun} {word}" for n, word in counted if n) or f"there are no {noun}"


def _repeated(criterion: Criterion, runs: Sequence[Ran], asked: int, basis: Basis) -> Repeated:
    found = [_found(run, criterion) for run in runs]
    findings = tuple(f if isinstance(f, Finding) else None for f in found)
    known = [_limits(f) for f in findings]
    padded = known + [UNKNOWN] * (asked - len(runs))
    verdict, because = _judged(findings, asked, basis)
    values = [_ends(f) for f in findings if f]
    relation = criterion.bound.relation
    return Repeated(
        criterion=criterion,
        findings=findings,
        unknown=tuple("" if isinstance(f, Finding) else f for f in found),
        verdict=verdict,
        because=because,
        least=figure(min, values),
        median=figure(median, values),
        most=figure(max, values),
        spread=spread(values),
        resolution=max((f.measurement.resolution for f in findings if f), default=0.0),
        interval=median_interval(known),
        bounds=None if basis.share is None else quantile_bounds(padded, _side(basis.share, relation)),
    )


def _found(run: Ran, criterion: Criterion) -> Finding | str:
    """What a run found about a criterion, or why it says nothing about it."""
    if run.voids:
        return f"void: {run.voids[0]}"
    if run.verdict is None:
        return "never judged"
    finding = next((f for f in run.findings if f.criterion == criterion), None)
    if finding is None:
        return "no such criterion in this run"
    measurement = finding.measurement
    usable = measurement.value is not None and math.isfinite(measurement.value)
    return finding if usable and measurement.unit == criterion.bound.unit else finding.because


def _limits(finding: Finding | None) -> Limits:
    if finding is None:
        return UNKNOWN
    low, high = limits(finding.measurement)
    return Limits(low=low, high=high)


def _ends(finding: Finding) -> Ends:
    """The value, and how high it may be: it has no upper end where it is a lower bound."""
    value = finding.measurement.value or 0.0
    return value, math.inf if finding.measurement.evidence.get("at_least") else value


def _judged(findings: Sequence[Finding | None], asked: int, basis: Basis) -> tuple[Verdict, str]:
    verdicts = [f.verdict if f else Verdict.INCONCLUSIVE for f in findings]
    met, missed = (verdicts.count(v) for v in (Verdict.PASS, Verdict.FAIL))
    open_ones = asked - met - missed
    said = ", ".join(f"{n} {word}" for n, word in ((met, "met"), (missed, "not met"), (open_ones, "undecided")) if n)
    if basis.share is not None:
        return _held_by_most(met, missed, asked, basis.share, f"{said} of {asked}")
    verdicts += [Verdict.INCONCLUSIVE] * (asked - len(findings))
    return worst(verdicts), f"{said} of {asked}"


def _held_by_most(met: int, missed: int, asked: int, share: Fraction, said: str) -> tuple[Verdict, str]:
    """Whether the share of all runs that meets the criterion is that great, by an exact one-sided test each way."""
    of_all, sure = f"{float(share * 100):g} % of all runs", f"with {float(CONFIDENCE * 100):g} % confidence"
    if shown(met, asked, share):
        return Verdict.PASS, f"{said}: {sure} at least {of_all} meet it"
    if shown(missed, asked, 1 - share):
        return Verdict.FAIL, f"{said}: {sure} fewer than {of_all} meet it"
    more, fewer = more_to_show(met, asked, share), more_to_show(missed, asked, 1 - share)
    return Verdict.INCONCLUSIVE, (
        f"{said}: that leaves open whether {of_all} meet it; {sure} {asked + more} repeats would show it at best"
        f" ({more} more that all meet it), and {fewer} more that all miss it would refute it"
    )
