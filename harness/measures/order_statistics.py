"""Order statistics of values of which each is only known to lie between two limits. Pure, exact, distribution-free.

The k-th smallest value lies between the k-th smallest of the lower and the k-th smallest of the upper limits, whatever
the values are. So what is known of nothing at all (UNKNOWN) counts against whoever wants to show something with it.
Equal values only make the confidence greater than stated.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

CONFIDENCE = Fraction(95, 100)
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between which values, both included, something lies."""

    low: float
    high: float


UNKNOWN = Limits(low=-math.inf, high=math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Limits that hold a quantile with the probability `coverage`, at least."""

    limits: Limits
    coverage: Fraction


def ranked(values: Sequence[Limits], rank: int) -> Limits:
    """Where the `rank`-th smallest value lies, counted from 1."""
    return Limits(low=sorted(v.low for v in values)[rank - 1], high=sorted(v.high for v in values)[rank - 1])


def at_most(most: int, count: int, share: Fraction) -> Fraction:
    """The probability that at most so many of `count` independent trials succeed, `share` being that of each."""
    hit, of = share.numerator, share.denominator
    ways = (math.comb(count, k) * hit**k * (of - hit) ** (count - k) for k in range(most + 1))
    return Fraction(sum(ways), of**count)


def median_interval(values: Sequence[Limits], confidence: Fraction = CONFIDENCE) -> Interval | None:
    """Where the median of the population lies, as narrow as the confidence allows; the widest there is for few values.

    None for fewer than two values: they say nothing.
    """
    count = len(values)
    if count < 2:
        return None
    rank = max([r for r in range(1, count // 2 + 1) if _covered(r, count) >= confidence], default=1)
    limits = Limits(low=ranked(values, rank).low, high=ranked(values, count + 1 - rank).high)
    return Interval(limits=limits, coverage=_covered(rank, count))


def _covered(rank: int, count: int) -> Fraction:
    """The probability that the median lies between the `rank`-th smallest and the `rank`-th largest value."""
    return 1 - 2 * at_most(rank - 1, count, HALF)


def values_for_median(confidence: Fraction = CONFIDENCE) -> int:
    """How many values an interval of the median with this confidence needs at least."""
    return _first(lambda count: _covered(1, count) >= confidence, 2)


def quantile_bounds(values: Sequence[Limits], share: Fraction, confidence: Fraction = CONFIDENCE) -> Limits:
    """The lower and the upper confidence bound of a quantile, each one-sided; infinite where the values are too few."""
    count = len(values)
    ranks = range(1, count + 1)
    above = [r for r in ranks if shown(r, count, share, confidence)]
    below = [r for r in ranks if shown(count + 1 - r, count, 1 - share, confidence)]
    return Limits(
        low=ranked(values, below[-1]).low if below else -math.inf,
        high=ranked(values, above[0]).high if above else math.inf,
    )


def shown(met: int, count: int, share: Fraction, confidence: Fraction = CONFIDENCE) -> bool:
    """Whether `met` of `count` values show that at least this share of the population meets what they met."""
    return at_most(met - 1, count, share) >= confidence


def more_to_show(met: int, count: int, share: Fraction, confidence: Fraction = CONFIDENCE) -> int:
    """How many further values, all of which meet it, would be enough to show it."""
    return _first(lambda more: shown(met + more, count + more, share, confidence), 0)


def _first(holds: Callable[[int], bool], start: int) -> int:
    """The smallest number from `start` for which it holds, where it holds for every greater one too."""
    low, step = start, 1
    while not holds(low + step - 1):
        low, step = low + step, step * 2
    high = low + step - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
