"""What a forecast asks for. Pure; a forecast is (model seconds since its policy was put, load), linear between."""

import math
from collections.abc import Sequence
from itertools import pairwise

Points = Sequence[tuple[float, float]]


def load_at(points: Points, elapsed: float) -> float:
    """The load at a moment; before the first point and after the last there is no forecast: 0."""
    for (begin, low), (end, high) in pairwise(points):
        if begin <= elapsed < end:
            return low + (high - low) * (elapsed - begin) / (end - begin)
    return points[-1][1] if points and elapsed == points[-1][0] else 0.0


def needed(points: Points, elapsed: float, buffer: float, target: float) -> int:
    """The capacity that the forecast asks for at any time from a moment to `buffer` model seconds after it."""
    inside = [load for at, load in points if elapsed <= at <= elapsed + buffer]
    most = max([load_at(points, elapsed), load_at(points, elapsed + buffer), *inside])
    return math.ceil(most / target - 1e-9)
