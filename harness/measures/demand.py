"""When demand rose and fell again, as the load profile of the run planned it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.model.history import History
from harness.model.rate import Point, rate_at, surges

ABOVE_BASE = 1.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A profile in force: `points` as in `harness.model.rate`; moments are real seconds since the start of the run.

    Demand is up in [rises, falls): it rises where its first surge begins, in a profile without one where it is 10 %
    above the base. `peak` is where the rate is highest.
    """

    name: str
    base: float
    points: tuple[Point, ...]
    began: float
    ended: float
    rises: float
    falls: float
    peak: tuple[float, float]
    highest: float
    time_scale: float

    def rate(self, at: float) -> float:
        """The planned rate at a moment, in requests per real second."""
        inside = self.began <= at < self.ended
        return rate_at(self.points, (at - self.began) * self.time_scale) if inside else self.base


def demand(history: History) -> Demand | str:
    """The demand of the run, or why it never rose."""
    profile = history.first("profile")
    points = _points(profile.data.get("points", ())) if profile else ()
    if profile is None or not points:
        return "no profile of load began, so demand never rose"
    base, began = float(profile.data["rate"]), float(profile.data.get("began", profile.at))
    limit = ABOVE_BASE * base
    course = ((points[0][0], base), *points, (points[-1][0], base))
    surge = surges(course, base, 0.0)
    rises = surge[0] if surge else _first_above(course, limit)
    if rises is None:
        return f"the rate of the profile was never more than 10 % above the base of {base:g} requests per second"

    def at(elapsed: float) -> float:
        return began + elapsed / history.time_scale

    highest = max(rate for _, rate in points)
    return Demand(
        name=str(profile.data.get("name", "")),
        base=base,
        points=points,
        began=began,
        ended=at(points[-1][0]),
        rises=at(rises),
        falls=at(_last_above(course, limit)),
        peak=(at(_plateau(points, highest)[0]), at(_plateau(points, highest)[-1])),
        highest=highest,
        time_scale=history.time_scale,
    )


def _points(listed: Sequence[Sequence[float]]) -> tuple[Point, ...]:
    return tuple((float(at), float(rate)) for at, rate in listed)


def _first_above(course: Sequence[Point], limit: float) -> float | None:
    return next((_crossing(a, b, limit) for a, b in pairwise(course) if b[1] > limit), None)


def _last_above(course: Sequence[Point], limit: float) -> float:
    return next(_crossing(b, a, limit) for a, b in reversed(list(pairwise(course))) if a[1] > limit)


def _crossing(under: Point, above: Point, limit: float) -> float:
    """Where the line between two points is at the limit; one that begins above it is there at once."""
    (since, low), (until, high) = under, above
    return since + (until - since) * max(0.0, limit - low) / (high - low) if high > low else since


def _plateau(points: Sequence[Point], highest: float) -> list[float]:
    """When the rate first becomes the highest one, and until when it stays there without falling."""
    return list(_highest(points, highest))


def _highest(points: Sequence[Point], highest: float) -> Iterator[float]:
    reached = False
    for at, rate in points:
        if rate == highest:
            reached = True
            yield at
        elif reached:
            return
