"""An arrival rate over time: a pure function of elapsed time, linear between points."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]

SURGE_FACTOR = 1.5
SURGE_WITHIN = 60.0


def rate_at(points: Sequence[Point], elapsed: float) -> float:
    """The rate at a moment, in requests per real second.

    Points are (seconds since the profile began, requests per second), in order of time; two at the same time are a
    step, which has happened at that time. Before the first and after the last point the rate is theirs.
    """
    if elapsed < points[0][0]:
        return points[0][1]
    n = bisect_right(points, elapsed, key=lambda point: point[0])
    if n == len(points):
        return points[-1][1]
    (since, low), (until, high) = points[n - 1], points[n]
    return low + (high - low) * (elapsed - since) / (until - since)


def requests_between(points: Sequence[Point], since: float, until: float, time_scale: float = 1.0) -> float:
    """How many requests are due in [since, until), seconds since the profile began.

    Times are model time where a `time_scale` is given: rates are per real second and never scaled.
    """
    inside = [at for at, _ in points if since < at < until]
    edges = [since, *dict.fromkeys(inside), until]
    return sum(_area(points, a, b) for a, b in pairwise(edges)) / time_scale


def _area(points: Sequence[Point], since: float, until: float) -> float:
    """Between two moments without a point between them."""
    n = bisect_left(points, until, key=lambda point: point[0])
    before_end = points[n][1] if n < len(points) and points[n][0] == until else rate_at(points, until)
    return (rate_at(points, since) + before_end) / 2 * (until - since)


def peak(points: Sequence[Point]) -> Point:
    """When the rate is highest for the first time, and how high it is."""
    return max(points, key=lambda point: point[1])


def surges(points: Sequence[Point], base: float, window: float) -> list[float]:
    """When a surge begins: the rate rises at least to half as much again within a minute, and above the `base` rate.

    What rises within `window` seconds after a surge began belongs to that surge.
    """
    found: list[float] = []
    for (at, low), (_, after) in pairwise(points):
        if after <= low or (found and at < found[-1] + window):
            continue
        within = [rate for moment, rate in points if at <= moment <= at + SURGE_WITHIN]
        high = max(*within, rate_at(points, at + SURGE_WITHIN))
        if high >= SURGE_FACTOR * low and high > base:
            found.append(at)
    return found
