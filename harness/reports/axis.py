"""The one time axis that every lane of the timeline shares, and axes of values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Real seconds [since, until] laid out on the pixels [left, right]; labels are in model time."""

    since: float
    until: float
    left: float
    right: float
    scale: float = 1.0

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    def x(self, at: float) -> float:
        """The pixel of a moment, kept within the axis."""
        share = (at - self.since) / (self.until - self.since) if self.until > self.since else 0.0
        return self.left + min(1.0, max(0.0, share)) * self.width

    def shows(self, since: float, until: float) -> bool:
        """Whether any part of a span lies on the axis."""
        return until >= self.since and since <= self.until

    def ticks(self, scale: float | None = None, most: int = 14) -> list[tuple[float, float]]:
        """Round moments as (pixel, time in seconds times the scale), at most `most` + 1 of them."""
        factor = self.scale if scale is None else scale
        step = round_step((self.until - self.since) * factor / most)
        first, last = math.ceil(self.since * factor / step - 1e-9), math.floor(self.until * factor / step + 1e-9)
        return [(self.x(n * step / factor), n * step) for n in range(first, last + 1)]


def round_step(least: float) -> float:
    """The smallest round span of seconds that is at least so long."""
    return next((s for s in STEPS if s >= least), 86400.0 * max(1, math.ceil(least / 86400)))


def ceiling(value: float) -> float:
    """The next round number (1, 2, 3, 4, 5, 6 or 8 times a power of ten) at or above a positive value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (1, 2, 3, 4, 5, 6, 8, 10) if n * power >= value * (1 - 1e-9))


def rows(spans: Sequence[tuple[float, float]], gap: float = 6.0) -> list[int]:
    """For each (left, right) the first row where it overlaps nothing placed before it."""
    ends: list[float] = []
    placed = []
    for left, right in spans:
        row = next((n for n, end in enumerate(ends) if left >= end + gap), len(ends))
        ends[row:] = [right, *ends[row + 1 :]]
        placed.append(row)
    return placed
