"""The statistics of CloudWatch: simple ones, percentiles, trimmed and winsorized means, and shares of samples.

`p95`, `tm90`, `TM(10%:90%)`, `TM(150:1000)`, likewise `wm` `tc` `ts`, `PR(:0.3)` and `IQM`. An absolute range excludes
its lower bound and includes its upper one.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")

_NUMBER = r"\d+(?:\.\d{1,10})?"
_PERCENT = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})")
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\(({_NUMBER})?(%)?:({_NUMBER})?(%)?\)")


@dataclass(frozen=True, slots=True)
class Extended:
    """A statistic that needs the samples themselves. Bounds are per cent of the samples, or values if `absolute`."""

    kind: str  # p | tm | wm | tc | ts | pr
    low: float | None
    high: float | None
    absolute: bool = False


@cache
def extended(name: str) -> Extended | None:
    """The extended statistic of a name; none when there is none such."""
    if name == "IQM":
        return Extended("tm", 25, 75)
    if match := _PERCENT.fullmatch(name):
        return Extended(match[1], None, float(match[2])) if float(match[2]) <= 100 else None
    match = _RANGE.fullmatch(name)
    if match is None or (match[2] is None and match[4] is None):
        return None
    kind, low, low_percent, high, high_percent = match.groups()
    percents = {bool(percent) for bound, percent in ((low, low_percent), (high, high_percent)) if bound is not None}
    if len(percents) != 1 or (low is None and low_percent) or (high is None and high_percent):
        return None
    absolute = percents == {False}
    bounds = (float(low) if low is not None else None, float(high) if high is not None else None)
    if (kind == "PR" and not absolute) or (not absolute and any(b is not None and b > 100 for b in bounds)):
        return None
    return Extended(kind.lower(), *bounds, absolute)


def knows(name: str) -> bool:
    """Whether there is such a statistic."""
    return name in SIMPLE or extended(name) is not None


@dataclass(frozen=True, slots=True)
class Samples:
    """Values in ascending order, how many there are of each, and of each and all before it."""

    values: Sequence[float]
    counts: Sequence[float]
    ranks: Sequence[float]

    @property
    def total(self) -> float:
        """How many samples there are."""
        return self.ranks[-1]

    def at(self, rank: float) -> float:
        """The sample of a rank, 0 for the lowest."""
        return self.values[min(bisect_right(self.ranks, rank), len(self.values) - 1)]


def samples(pairs: Iterable[tuple[Sequence[float], Sequence[float]]]) -> Samples:
    """The samples of several sequences of values and their counts; there must be one at least."""
    merged: dict[float, float] = {}
    for values, counts in pairs:
        for value, count in zip(values, counts, strict=True):
            merged[value] = merged.get(value, 0) + count
    ordered = sorted(merged)
    counted = [merged[value] for value in ordered]
    return Samples(ordered, counted, list(accumulate(counted)))


def compute(wanted: Extended, found: Samples) -> float | None:
    """One extended statistic; none when no sample is within its bounds."""
    if wanted.kind == "p":
        return _percentile(found, wanted.high or 0.0)
    first, last = _ranks(wanted, found)
    kept = last - first
    match wanted.kind:
        case "tc":
            return kept
        case "pr":
            return kept / found.total * 100
        case "wm":
            return _winsorized(wanted, found, first, last)
    if kept <= 0:
        return None
    total = _sum_of_ranks(found, first, last)
    return total if wanted.kind == "ts" else total / kept


def _percentile(found: Samples, percent: float) -> float:
    rank = percent / 100 * (found.total - 1)
    below, above = found.at(math.floor(rank)), found.at(math.ceil(rank))
    return below + (above - below) * (rank - math.floor(rank))


def _ranks(wanted: Extended, found: Samples) -> tuple[float, float]:
    """The ranks that are within bounds: from the first to before the last."""
    low, high = wanted.low, wanted.high
    if not wanted.absolute:
        return math.floor(found.total * (low or 0) / 100), math.ceil(
            found.total * (100 if high is None else high) / 100
        )
    before = bisect_right(found.values, low) if low is not None else 0
    end = bisect_right(found.values, high) if high is not None else len(found.values)
    first = found.ranks[before - 1] if before else 0
    return first, max(first, found.ranks[end - 1] if end else 0)


def _sum_of_ranks(found: Samples, first: float, last: float) -> float:
    """The sum of the samples from a rank to before another."""
    parts = []
    for n in range(bisect_right(found.ranks, first), min(bisect_left(found.ranks, last) + 1, len(found.ranks))):
        begin = found.ranks[n] - found.counts[n]
        parts.append(found.values[n] * (min(found.ranks[n], last) - max(begin, first)))
    return math.fsum(parts)


def _winsorized(wanted: Extended, found: Samples, first: float, last: float) -> float | None:
    if wanted.absolute:
        low = -math.inf if wanted.low is None else wanted.low
        high = math.inf if wanted.high is None else wanted.high
        clipped = (min(max(value, low), high) * count for value, count in zip(found.values, found.counts, strict=True))
        return math.fsum(clipped) / found.total
    if last <= first:
        return None
    inner = _sum_of_ranks(found, first, last)
    return (inner + first * found.at(first) + (found.total - last) * found.at(last - 1)) / found.total
