"""The kinds of load profiles as points: (model seconds since the profile began, requests per real second).

Pure functions. Two points at the same time are a step, as in `harness.model.rate`.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from harness.model.rate import Point

Points = tuple[Point, ...]

PER_PERIOD = 32
HOUR = 3600.0
DAY = 24 * HOUR
# A shape to rehearse with, of nobody's shop: the rate in the middle of each hour of a day of sales, as a multiple of
# the `rate` of the profile. A quiet night, more after the doors opened, and most in the evening.
DAY_OF_SALES = (
    0.5, 0.4, 0.3, 0.3, 0.4, 0.6, 0.8, 1.0, 1.0, 4.0, 3.5, 3.0,
    3.2, 3.0, 2.6, 2.4, 2.4, 2.6, 3.0, 3.6, 4.0, 3.4, 2.0, 1.0,
)  # fmt: skip


def steady(*, rate: float, lasts: float) -> Points:
    """One rate."""
    return ((0.0, rate), (lasts, rate))


def ramp(*, low: float, high: float, within: float, hold: float = 0.0) -> Points:
    """From one rate to another in a straight line, which may fall; the last rate is held."""
    return _joined([(0.0, low), (within, high), (within + hold, high)])


def steps(*, low: float, high: float, by: float, every: float) -> Points:
    """Stairs from one rate to another; each is held for `every` seconds, the last one too."""
    count = max(0, math.ceil(abs(high - low) / by - 1e-9))
    sign = 1 if high >= low else -1
    rates = [low + sign * by * n for n in range(count)] + [high]
    return held([(every * n, rate) for n, rate in enumerate(rates)], every * len(rates))


def spike(
    *, rate: float, peak: float, lasts: float, after: float = 0.0, rise: float = 0.0, then: float = 0.0
) -> Points:
    """A rate, and a higher one for `lasts` seconds; it takes `rise` seconds to get there and as long to get back.

    `after` seconds before and `then` seconds after it belong to the profile, with the ordinary rate.
    """
    top = after + rise
    end = top + lasts
    return _joined(
        [(0.0, rate), (after, rate), (top, peak), (end, peak), (end + rise, rate), (end + rise + then, rate)]
    )


def sine(*, low: float, high: float, period: float, lasts: float) -> Points:
    """A wave that begins at its lowest, in straight lines of a 32nd of a period."""
    times = [n * period / PER_PERIOD for n in range(math.ceil(lasts * PER_PERIOD / period - 1e-9))]
    return tuple((at, low + (high - low) * (1 - math.cos(math.tau * at / period)) / 2) for at in [*times, lasts])


def black_friday(
    *,
    rate: float,
    lasts: float,
    peak: float,
    opens: float = 8 * HOUR,
    rush: float = HOUR / 2,
    fade: float = HOUR,
    hours: Sequence[float] = DAY_OF_SALES,
) -> Points:
    """A day in `lasts` seconds: the curve of its hours, and at `opens` (seconds of the day) a rush to `peak`.

    The rush is a step, is held for `rush` and falls back to the curve within `fade`; these are of the day, too.
    `hours` are multiples of `rate`, each in the middle of its hour.
    """
    curve = _of_day([rate * each for each in hours])
    end = min(DAY, opens + rush + fade)
    before = [p for p in curve if p[0] < opens]
    after = [p for p in curve if p[0] > end]
    doors = [(opens, _at(curve, opens)), (opens, peak), (min(DAY, opens + rush), peak), (end, _at(curve, end))]
    return compressed(_joined([*before, *doors, *after]), lasts)


def held(starts: Sequence[Point], until: float) -> Points:
    """Rates that hold from their moment to the next one, as points: exact in what they add up to."""
    points: list[Point] = []
    for (at, rate), (end, _) in pairwise([*starts, (until, 0.0)]):
        if points and points[-1][1] == rate:
            points[-1] = (end, rate)
        else:
            points += [(at, rate), (end, rate)]
    return _joined(points)


def compressed(points: Points, lasts: float) -> Points:
    """The same rates in another length."""
    whole = points[-1][0]
    return tuple((at / whole * lasts, rate) for at, rate in points)


def scaled(points: Iterable[Point], factor: float) -> Points:
    """The same times with so many times the rates."""
    return tuple((at, rate * factor) for at, rate in points)


def requests_of(points: Sequence[Point]) -> float:
    """How many requests a profile adds up to where model time is real time."""
    return sum((low + high) / 2 * (until - since) for (since, low), (until, high) in pairwise(points))


def _of_day(hours: Sequence[float]) -> Points:
    """From midnight to midnight: before the first and after the last middle of an hour the day goes round."""
    long = DAY / len(hours)
    midnight = (hours[0] + hours[-1]) / 2
    return ((0.0, midnight), *(((n + 0.5) * long, each) for n, each in enumerate(hours)), (DAY, midnight))


def _at(points: Points, at: float) -> float:
    (since, low), (until, high) = next(pair for pair in pairwise(points) if pair[0][0] <= at <= pair[1][0])
    return low + (high - low) * (at - since) / (until - since)


def _joined(points: Iterable[Point]) -> Points:
    """Without points that are there twice."""
    known: list[Point] = []
    for point in points:
        if not known or known[-1] != point:
            known.append(point)
    return tuple(known)
