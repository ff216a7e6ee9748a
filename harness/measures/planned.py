"""What the drill planned to send, from its journal alone: the base rate, and the profile while it went on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.measures.registry import Scope
from harness.measures.sample import spans_of
from harness.measures.windows import Window, window_edges
from harness.model.history import History, Stream
from harness.model.rate import Point, requests_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The base rate in requests per real second, and a profile that began at a moment of the run, if there was one."""

    rate: float
    time_scale: float
    points: tuple[Point, ...] = ()
    began: float = 0.0

    @property
    def ended(self) -> float:
        """When the profile was over; without one, when it would have begun. Real seconds since the start."""
        return self.began + (self.points[-1][0] / self.time_scale if self.points else 0.0)

    def between(self, since: float, until: float) -> float:
        """How many requests were to be due in [since, until), in real seconds since the start of the run."""
        first, last = (min(max(at, self.began), self.ended) for at in (since, until))
        base = self.rate * (until - since - (last - first))
        return base + (self._of_profile(first, last) if self.points and last > first else 0.0)

    def _of_profile(self, since: float, until: float) -> float:
        first, last = ((at - self.began) * self.time_scale for at in (since, until))
        return requests_between(self.points, first, last, self.time_scale)


def planned(history: History) -> Planned | None:
    """The plan, or None where the journal tells of no load."""
    driving, profile = history.first("driving"), history.first("profile")
    rate = float((driving.data.get("load") or 0.0) if driving else 0.0)
    if profile is None:
        return Planned(rate=rate, time_scale=history.time_scale) if rate > 0 else None
    return Planned(
        rate=float(profile.data.get("rate", rate)),
        time_scale=history.time_scale,
        points=tuple((float(at), float(each)) for at, each in profile.data.get("points") or ()),
        began=float(profile.data.get("began", profile.at)),
    )


def while_driven(history: History) -> History:
    """The run until its probes ended: nothing was planned while the generator was being stopped after them."""
    drove, last = history.first("drove"), max((r.due for r in history.of(Stream.READ)), default=None)
    if drove is None or last is None or last >= drove.at:
        return history
    return replace(history, events=tuple(replace(e, at=last) if e is drove else e for e in history.events))


def parts(history: History, scope: Scope) -> tuple[Window, ...]:
    """The parts of a run that a scope means, each without a gap, in real seconds."""
    spans = [s for s in spans_of(history, scope) if s.until > s.since]
    if scope.phase is None and spans:
        return ((spans[0].since, max(s.until for s in spans)),)
    return tuple((s.since, s.until) for s in spans)


def driven_edges(history: History, scope: Scope) -> Iterable[float]:
    """Between which moments the load must be counted to say what became of it while the drill drove it."""
    driven = while_driven(history)
    plan = planned(driven)
    within = {edge for part in parts(driven, scope) for edge in part}
    profile = (plan.began, min(plan.ended, max(within, default=plan.ended))) if plan and plan.points else ()
    return {*within, *profile, *window_edges(driven, scope)}
