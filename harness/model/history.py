"""The record of one run, closed: everything that judgement may look at.

Every `at`, `due`, `sent`, `finished` is float seconds of real (wall-rate) monotonic time since the start of the run.
Model time is that times `time_scale`; only spans are converted (see `harness.clock`), latencies and rates never are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.model.load import Load

# From one read probe to the next it is up to so much of their interval more or less, at random: probes at an even rate
# and load at an even rate could meet the same targets of a load balancer for ever.
PROBE_JITTER = 0.5


class Outcome(StrEnum):
    """OK; FAILED: it did not happen; INDETERMINATE: nobody knows (timeout or reset after sending)."""

    OK = "OK"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"


class Stream(StrEnum):
    """Who sent a request: Locust (`load`), the read prober (`read`) or the ledger writer (`write`)."""

    LOAD = "load"
    READ = "read"
    WRITE = "write"


class Phase(StrEnum):
    """The parts of a run, in order.

    `loaded` is the part of a load profile before any fault; in it, `scaling` is the time that the stack is allowed
    after a surge to have scaled. `settling` begins with the end of a profile and lasts until the stack is steady again.
    """

    STEADY = "steady"
    LOADED = "loaded"
    SCALING = "scaling"
    SETTLING = "settling"
    IMPAIRED = "impaired"
    FAILING_OVER = "failing over"
    RECOVERED = "recovered"
    FAILING_BACK = "failing back"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the journal; see docs/results.md for the kinds and their data."""

    seq: int
    at: float
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: when it was due, really sent, and answered or given up."""

    stream: Stream
    population: str
    name: str
    due: float
    sent: float
    finished: float
    outcome: Outcome
    region: str | None = None
    status: int | None = None
    write_id: str | None = None
    error: str = ""

    @property
    def latency(self) -> float:
        """Seconds from the moment it should have been sent."""
        return self.finished - self.due

    @property
    def service_time(self) -> float:
        """Seconds from the moment it was really sent."""
        return self.finished - self.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A DNS answer as one population resolved it; recorded when it differs from the one before."""

    at: float
    population: str
    name: str
    addresses: tuple[str, ...]
    region: str | None
    ttl: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An edge seen on the watched keepalive connection: "opened", or "closed" by the other side (FIN or RST)."""

    at: float
    population: str
    edge: str
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redial:
    """One of the fast dials of the prober while a population was not served; they are no part of its schedule.

    Of each time without service only those that bound it are recorded: the first and the last without an answer, and
    the first that was answered.
    """

    population: str
    sent: float
    finished: float
    answered: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the surviving database holds of the ledger: id -> how many rows. `unknown` are ids nobody sent."""

    at: float
    region: str
    rows: Mapping[str, int]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A metric of the stack as CloudWatch has it: one point a period, `(at, value)`, `at` being when it began.

    `period` is model seconds. Periods without data are left out.
    """

    region: str
    namespace: str
    name: str
    statistic: str
    period: float
    dimensions: Mapping[str, str] = field(default_factory=dict)
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One phase of the run, [since, until)."""

    phase: Phase
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A closed journal with the records of load, probes and ledger beside it.

    `requests` are the reads and writes of the probers, ordered by `due`; `load` is what Locust sent, counted. Events
    are ordered by `seq`, answers and watches by `at`, redials by `sent`.
    """

    drill: str
    environment: str
    time_scale: float
    populations: tuple[str, ...]
    events: tuple[Event, ...]
    requests: tuple[Request, ...] = ()
    load: "Load | None" = None
    answers: tuple[Answer, ...] = ()
    watches: tuple[Watch, ...] = ()
    redials: tuple[Redial, ...] = ()
    audit: Audit | None = None
    series: tuple[Series, ...] = ()
    probe_interval: float = 0.05
    notes: tuple[str, ...] = field(default=())

    def of(self, stream: Stream) -> tuple[Request, ...]:
        """The requests of one stream, by due time."""
        return tuple(r for r in self.requests if r.stream is stream)

    def every(self, kind: str) -> tuple[Event, ...]:
        """The events of one kind, in order."""
        return tuple(e for e in self.events if e.kind == kind)

    def first(self, kind: str) -> Event | None:
        """The first event of a kind, or None."""
        return next((e for e in self.events if e.kind == kind), None)

    def last(self, kind: str) -> Event | None:
        """The last event of a kind, or None."""
        return next((e for e in reversed(self.events) if e.kind == kind), None)

    @property
    def end(self) -> float:
        """When the journal was closed, or its last line where it was not."""
        return self.events[-1].at if self.events else 0.0

    @property
    def spans(self) -> tuple[Span, ...]:
        """The phases that occurred, in order; each lasts until the next one or the end of driving.

        A phase that began before one recorded earlier (clients were served before anyone acted) cuts that one short.
        """
        starts = [(Phase(e.data["phase"]), float(e.data.get("since", e.at))) for e in self.every("phase")]
        if not starts:
            return ()
        drove = self.first("drove")
        ends = [*(since for _, since in starts), drove.at if drove else self.end]
        return tuple(Span(phase=p, since=s, until=max(s, min(ends[i:]))) for i, (p, s) in enumerate(starts, start=1))

    def span(self, phase: Phase) -> Span | None:
        """The first span of a phase, or None when the run never was in it."""
        return next((s for s in self.spans if s.phase is phase), None)
