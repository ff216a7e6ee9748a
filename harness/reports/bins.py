"""Requests gathered into bins of equal width, so that a report stays small however long the run was."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model.history import Outcome, Request

WIDTHS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
MOST_BINS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """`count` bins of `width` real seconds each, the first one beginning at `since`."""

    since: float
    width: float
    count: int

    def index(self, at: float) -> int | None:
        """The bin of a moment, or None outside of them all."""
        n = math.floor((at - self.since) / self.width)
        return n if 0 <= n < self.count else None

    def start(self, n: int) -> float:
        """When bin n begins."""
        return self.since + n * self.width

    def gather(self, requests: Iterable[Request]) -> list[list[Request]]:
        """The requests by bin of their due time."""
        found: list[list[Request]] = [[] for _ in range(self.count)]
        for request in requests:
            if (n := self.index(request.due)) is not None:
                found[n].append(request)
        return found


def bins(since: float, until: float, edge: float | None = None) -> Bins:
    """Bins of a round width that cover a span, at most 181 unless it lasts for weeks.

    One of them begins at `edge`, so that what changes there does not blur; by default at `since`.
    """
    lasts = max(until - since, 0.0)
    width = next((w for w in WIDTHS if lasts / w <= MOST_BINS), max(WIDTHS[-1], lasts / MOST_BINS))
    start = since if edge is None else edge - math.ceil((edge - since) / width - 1e-9) * width
    return Bins(since=start, width=width, count=max(1, math.ceil((until - start) / width - 1e-9)))


def rate(gathered: Sequence[Sequence[Request]], width: float, outcome: Outcome) -> list[float]:
    """Requests per real second with one outcome, by bin."""
    return [sum(r.outcome is outcome for r in each) / width for each in gathered]


def served(gathered: Sequence[Sequence[Request]], width: float, region: str | None) -> list[float]:
    """Answered requests per real second that one region served, by bin."""
    return [sum(r.outcome is Outcome.OK and r.region == region for r in each) / width for each in gathered]


def percentile(gathered: Sequence[Sequence[Request]], quantile: float) -> list[float | None]:
    """Latency from due time in ms at the nearest rank over answered requests by bin; None without any."""
    return [_nearest_rank([r.latency * 1000 for r in each if r.outcome is Outcome.OK], quantile) for each in gathered]


def _nearest_rank(values: list[float], quantile: float) -> float | None:
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(quantile * len(values)) - 1)]
