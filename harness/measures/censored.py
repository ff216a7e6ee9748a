"""Figures of values of which some are only lower bounds: (value, how high it may be). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A figure in the unit of its values; a lower bound where `at_least`."""

    value: float
    at_least: bool = False


def figure(pick: Callable[[Sequence[float]], float], values: Sequence[Ends]) -> Amount | None:
    """The smallest, the median or the greatest value; None of nothing."""
    if not values:
        return None
    low, high = (pick(ends) for ends in zip(*values, strict=True))
    return Amount(value=low, at_least=high > low)


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: Sequence[Ends]) -> Amount | None:
    """The interquartile range: from the median of the lower half to that of the upper half, both with the middle value.

    None of fewer than two values, and where the lower quartile is a lower bound.
    """
    if len(values) < 2:
        return None
    (first, third), (first_high, third_high) = (_quartiles(ends) for ends in zip(*values, strict=True))
    return Amount(value=third - first, at_least=third_high > third) if first_high == first else None


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    ordered, half = sorted(values), (len(values) + 1) // 2
    return median(ordered[:half]), median(ordered[-half:])
