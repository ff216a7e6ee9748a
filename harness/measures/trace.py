"""What one population saw through one prober, and when it was cut off and served again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise, takewhile
from math import inf
from statistics import median

from harness.measures.bracket import Bracket
from harness.model.history import PROBE_JITTER, History, Outcome, Redial, Request, Stream

PROBES = (Stream.READ, Stream.WRITE)
# Real seconds that the prober itself may add to a time it records.
OWN = 0.002
# A process that is killed dies for one or two milliseconds before its connections are closed.
DYING = 0.0015
# Reads that hung and are answered this close together were held up by one thing. It was over no longer ago than this
# before the first of the answers: whoever goes on first has to work through what waited.
RELEASE = 0.05
LEAST_RELEASED = 2
SLOW = 0.95
# Two reads in a row are at most this many times the median apart: due at uneven moments, and a little late.
MOST_APART = 1 + PROBE_JITTER + 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The requests of one population and stream in the order they were sent.

    `service` is the median service time, `slow` one that 95 % of the requests keep, `quickest` the shortest of each
    region that answered, and `spacing` the median time between two requests, in real seconds. `closings` are when the
    watched connection of the population was closed from the other side; `redials` are for reads alone.
    """

    population: str
    stream: Stream
    requests: tuple[Request, ...]
    service: float
    spacing: float
    slow: float
    quickest: Mapping[str | None, float] = field(default_factory=dict)
    closings: tuple[float, ...] = ()
    redials: tuple[Redial, ...] = ()
    _backs: tuple[Request | None, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_backs", _first_answered(self.requests))

    def widest(self, since: float = -inf, until: float = inf) -> float:
        """The longest time between two requests that were both sent then, real seconds."""
        sent = (r.sent for r in self.requests if since <= r.sent < until)
        return max((b - a for a, b in pairwise(sent)), default=self.spacing)

    @property
    def name(self) -> str:
        """Such as "NA reads"."""
        return f"{self.population} {self.stream}s"

    def expected(self, index: int) -> float:
        """When the answer would have come had all been well."""
        return self.requests[index].sent + self.service

    def failures(self, since: float, until: float) -> tuple[int, ...]:
        """The requests that had no answer though one was expected in [since, until)."""
        return tuple(i for i, r in enumerate(self.requests) if not answered(r) and since <= self.expected(i) < until)

    def down(self, index: int, floor: float | None = None) -> Bracket:
        """When the outage began whose first failure is `index`; not before `floor`, where one is given.

        A redial that failed narrows the bracket. A connection that the other side closed does not, for the other side
        may have stopped serving before it, or close it in good order and go on; but it is near the likely moment.
        """
        first = self.requests[index]
        until = min(first.sent + self.slow, max(self.expected(index), first.finished))
        earlier = (self.requests[i] for i in range(index - 1, -1, -1))
        before = next((r for r in earlier if answered(r)), None)
        least = self._before(index) if floor is None else floor
        after = max(least, before.finished if before else least)
        if after >= until:
            after = min(until, max(least, first.sent))
        until = min((r.finished for r in self.redials if not r.answered and after < r.finished <= until), default=until)
        closed = next((c for c in self.closings if after < c <= until), None)
        likely = None if closed is None else max(after, closed - DYING)
        return Bracket(after=after, until=until, likely=likely).widened(OWN, floor=least)

    def _before(self, index: int) -> float:
        """When the request before this one was sent, or could have been."""
        return self.requests[index - 1].sent if index else self.requests[0].sent - self.spacing

    def up(self, index: int) -> Bracket | None:
        """When clients had answers again after the outage whose last failure is `index`; None when no success follows.

        The first success, of a read or of a redial, was there when it was answered. A request sent just after the last
        failure might have been answered that much earlier, and no earlier: with probes any denser the moment would lie
        in between. Where requests hung the moment is most likely near the end.
        """
        back = self.back(index)
        if back is None:
            return None
        last = self.requests[index]
        redials = [r for r in self.redials if r.sent > last.sent]
        # A read that is missing after the answer to a redial might have failed.
        next_to = back.sent - MOST_APART * self.spacing
        good: list[Request | Redial] = [back, *(r for r in redials if r.answered and r.sent >= next_to)]
        first = min(good, key=lambda r: r.finished)
        took, until = first.finished - first.sent, first.finished
        quickest = min(took, self.quickest.get(back.region, took))
        refused = (r.sent for r in redials if not r.answered and r.sent + quickest < until)
        after = min(until, max(last.sent, *refused, last.sent) + quickest)
        hung = min(took, last.service_time) > self.slow + OWN
        likely = max((after + until) / 2, until - (OWN if hung else self.spacing / 2))
        released = self._released(index, back)
        after = released if after < released < until else after
        return Bracket(after=after, until=until, likely=max(after, likely)).widened(min(OWN, quickest))

    def _released(self, index: int, back: Request) -> float:
        """When those of the reads that hung can have been let go at the earliest; 0 where they were not all at once."""
        later = islice(self.requests, index + 1, None)
        sent = takewhile(lambda r: r.sent + self.slow < back.finished, later)
        ends = [r.finished for r in sent]
        at_once = len(ends) >= LEAST_RELEASED and max(ends) <= back.finished + RELEASE
        return back.finished - self.slow - RELEASE if at_once and self.stream is Stream.READ else 0.0

    def back(self, index: int) -> Request | None:
        """The success sent after `index` that was answered first; the one sent first may have hung for a while."""
        return self._backs[index + 1]


def _first_answered(requests: tuple[Request, ...]) -> tuple[Request | None, ...]:
    """For each of the requests, and the end: which of it and those after it was answered first."""
    first: Request | None = None
    backs = [first]
    for request in reversed(requests):
        if answered(request) and (first is None or request.finished <= first.finished):
            first = request
        backs.append(first)
    return tuple(reversed(backs))


def answered(request: Request) -> bool:
    """Whether the client got its answer; INDETERMINATE is not one."""
    return request.outcome is Outcome.OK


def traces(history: History, calm_until: float) -> tuple[Trace, ...]:
    """Every population's reads and writes. Service times are learned from what was answered before `calm_until`."""
    groups: dict[tuple[str, Stream], list[Request]] = {}
    for request in history.requests:
        groups.setdefault((request.population, request.stream), []).append(request)
    ordered = {key: tuple(sorted(group, key=lambda r: r.sent)) for key, group in sorted(groups.items())}
    return tuple(_trace(history, *key, group, calm_until) for key, group in ordered.items())


def _trace(history: History, population: str, stream: Stream, group: tuple[Request, ...], calm: float) -> Trace:
    services = _services(group, calm)
    dials = sorted((r for r in history.redials if r.population == population), key=lambda r: r.sent)
    return Trace(
        population=population,
        stream=stream,
        requests=group,
        service=median(services),
        slow=max(median(services), services[int(SLOW * (len(services) - 1))]),
        quickest=_quickest(group),
        spacing=median([b.sent - a.sent for a, b in pairwise(group)] or [history.probe_interval]),
        closings=tuple(w.at for w in history.watches if w.population == population and w.edge == "closed"),
        redials=tuple(dials) if stream is Stream.READ else (),
    )


def _services(group: tuple[Request, ...], calm: float) -> list[float]:
    """The service times of what was answered in calm, or else at all; in order."""
    good = [r for r in group if answered(r)]
    return sorted([r.service_time for r in good if r.finished <= calm] or [r.service_time for r in good] or [0.0])


def _quickest(group: tuple[Request, ...]) -> dict[str | None, float]:
    """The shortest service time of each region."""
    quickest: dict[str | None, float] = {}
    for request in filter(answered, group):
        quickest[request.region] = min(request.service_time, quickest.get(request.region, inf))
    return quickest
