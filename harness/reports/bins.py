"""Load gathered into bins of equal width, so that a report stays small however long the run was."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from harness.model.history import Outcome
from harness.model.load import Load, Sample, Waits

WIDTHS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
MOST_BINS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """`count` bins of `width` real seconds each, the first one beginning at `since`."""

    since: float
    width: float
    count: int

    def start(self, n: int) -> float:
        """When bin n begins."""
        return self.since + n * self.width

    @property
    def edges(self) -> tuple[float, ...]:
        """Where they begin, and where the last one ends."""
        return tuple(self.start(n) for n in range(self.count + 1))

    def samples(self, load: Load, population: str | None = None) -> list[Sample]:
        """What was due in each bin. Raises ValueError for load that was not counted by these bins."""
        return [load.slots.between(self.start(n), self.start(n + 1), population) for n in range(self.count)]


def bins(since: float, until: float, edge: float | None = None) -> Bins:
    """Bins of a round width that cover a span, at most 181 unless it lasts for weeks.

    One of them begins at `edge`, so that what changes there does not blur; by default at `since`.
    """
    lasts = max(until - since, 0.0)
    width = next((w for w in WIDTHS if lasts / w <= MOST_BINS), max(WIDTHS[-1], lasts / MOST_BINS))
    start = since if edge is None else edge - math.ceil((edge - since) / width - 1e-9) * width
    return Bins(since=start, width=width, count=max(1, math.ceil((until - start) / width - 1e-9)))


def rate(samples: Sequence[Sample], width: float, outcome: Outcome) -> list[float]:
    """Requests per real second with one outcome, by bin."""
    return [each.of(outcome) / width for each in samples]


def served(samples: Sequence[Sample], width: float, region: str | None) -> list[float]:
    """Answered requests per real second that one region served, by bin."""
    return [each.served_by(region) / width for each in samples]


def percentile(samples: Sequence[Sample], quantile: float) -> list[float | None]:
    """Latency from due time in ms at the nearest rank over answered requests by bin, to 0.8 %; None without any."""
    return [_nearest_rank(each.latency, quantile) for each in samples]


def _nearest_rank(waits: Waits, quantile: float) -> float | None:
    rank = max(1, math.ceil(quantile * sum(waits.values())))
    ordered = sorted(waits)
    reached = list(accumulate(waits[micros] for micros in ordered))
    return ordered[bisect_left(reached, rank)] / 1e3 if ordered else None
