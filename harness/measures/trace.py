"""What one population saw through one prober, and when it was cut off and served again."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from harness.measures.bracket import Bracket
from harness.model.history import History, Outcome, Request, Stream

PROBES = (Stream.READ, Stream.WRITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The requests of one population and stream in the order they were sent.

    `service` is the median service time and `spacing` the median time between two requests, in real seconds;
    `closings` are the moments at which the watched connection of the population was closed from the other side.
    """

    population: str
    stream: Stream
    requests: tuple[Request, ...]
    service: float
    spacing: float
    closings: tuple[float, ...] = ()

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
        """When the outage began whose first failure is `index`; not before `floor`, where one is given."""
        until = self.expected(index)
        before = next((r for r in reversed(self.requests[:index]) if answered(r)), None)
        least = until - self.service - self.spacing if floor is None else floor
        after = max(least, before.finished if before else least)
        if after >= until:
            after = min(until, max(least, self.requests[index].sent))
        closed = next((c for c in self.closings if after < c <= until), None)
        return Bracket(after=after, until=until) if closed is None else self._closed(after, closed)

    def _closed(self, after: float, closed: float) -> Bracket:
        """A connection that the other side closed tells within one way of the answer when it went."""
        return Bracket(after=max(after, closed - self.service), until=closed)

    def up(self, index: int) -> Bracket | None:
        """When clients had answers again after the outage whose last failure is `index`; None when no success follows.

        The first success was there when it was answered. A request sent just after the last failure might have been
        answered that much earlier, and no earlier: with probes any denser the moment would lie in between. Where
        requests hung and were answered out of order the bracket is wide, and the moment is most likely near its end.
        """
        back = self.back(index)
        if back is None:
            return None
        after, until = self.requests[index].sent + back.service_time, back.finished
        return Bracket(after=after, until=until, likely=max((after + until) / 2, until - self.spacing / 2))

    def back(self, index: int) -> Request | None:
        """The success sent after `index` that was answered first; the one sent first may have hung for a while."""
        good = (r for r in self.requests[index + 1 :] if answered(r))
        return min(good, key=lambda r: r.finished, default=None)


def answered(request: Request) -> bool:
    """Whether the client got its answer; INDETERMINATE is not one."""
    return request.outcome is Outcome.OK


def traces(history: History, calm_until: float) -> tuple[Trace, ...]:
    """Every population's reads and writes. Service times are learned from what was answered before `calm_until`."""
    groups: dict[tuple[str, Stream], list[Request]] = {}
    for request in history.requests:
        if request.stream in PROBES:
            groups.setdefault((request.population, request.stream), []).append(request)
    ordered = {key: tuple(sorted(group, key=lambda r: r.sent)) for key, group in sorted(groups.items())}
    return tuple(_trace(history, *key, group, calm_until) for key, group in ordered.items())


def _trace(history: History, population: str, stream: Stream, group: tuple[Request, ...], calm: float) -> Trace:
    return Trace(
        population=population,
        stream=stream,
        requests=group,
        service=_service(group, calm),
        spacing=median([b.sent - a.sent for a, b in pairwise(group)] or [history.probe_interval]),
        closings=tuple(w.at for w in history.watches if w.population == population and w.edge == "closed"),
    )


def _service(group: tuple[Request, ...], calm: float) -> float:
    good = [r for r in group if answered(r)]
    return median([r.service_time for r in good if r.finished <= calm] or [r.service_time for r in good] or [0.0])
