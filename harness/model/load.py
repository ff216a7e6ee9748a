"""The load of a run as counts over time. A run may have millions of requests, so none of them is kept.

How long answers took is kept as an HdrHistogram keeps it: whole microseconds in buckets, each named by its lowest
value. Buckets of `FINE` bits are those of three significant digits; buckets of `COARSE` bits are at most 0.8 % wide.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harness.model.history import Outcome

FINE = 11
COARSE = 8
COARSE_WIDTH = 2.0 ** (1 - COARSE)

Key = TypeVar("Key")
Waits = Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The requests that were due in some part of the run.

    `outcomes` counts them by outcome and by the region that answered, `instances` the answered ones by region and
    instance where the answer names it, `carts` the answers that showed a cart: "kept", or "lost" where it lacked what
    had been put into it; `latency` (from the due time) and `service`
    (from the moment of sending) hold the answered ones by bucket. The longest are in ns. `early` were answered before
    they were due or sent: the clocks disagree.
    """

    outcomes: Mapping[tuple[Outcome, str | None], int] = field(default_factory=dict)
    instances: Mapping[tuple[str | None, str], int] = field(default_factory=dict)
    carts: Mapping[str, int] = field(default_factory=dict)
    latency: Waits = field(default_factory=dict)
    service: Waits = field(default_factory=dict)
    longest_answer: int = 0
    longest_wait: int = 0
    early: int = 0

    @property
    def requests(self) -> int:
        """How many there are."""
        return sum(self.outcomes.values())

    @property
    def answered(self) -> int:
        """How many got their answer; INDETERMINATE is none."""
        return self.of(Outcome.OK)

    def of(self, outcome: Outcome) -> int:
        """How many ended so."""
        return sum(count for (each, _), count in self.outcomes.items() if each is outcome)

    def served_by(self, region: str | None) -> int:
        """How many a region answered."""
        return self.outcomes.get((Outcome.OK, region), 0)


def total(samples: Iterable[Sample]) -> Sample:
    """The sum of samples."""
    known = tuple(samples)
    return Sample(
        outcomes=_sum(s.outcomes for s in known),
        instances=_sum(s.instances for s in known),
        carts=_sum(s.carts for s in known),
        latency=_sum(s.latency for s in known),
        service=_sum(s.service for s in known),
        longest_answer=max((s.longest_answer for s in known), default=0),
        longest_wait=max((s.longest_wait for s in known), default=0),
        early=sum(s.early for s in known),
    )


def _sum(counts: Iterable[Mapping[Key, int]]) -> Mapping[Key, int]:
    whole: Counter[Key] = Counter()
    for each in counts:
        whole.update(each)
    return dict(whole)


def nanoseconds(at: float) -> int:
    """A moment of the run as load is counted by it."""
    return round(at * 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Samples by interval, and in it by population.

    Interval n is [edges[n], edges[n + 1]), in ns since the start of the run; -1 is what was due before the first edge,
    and the last one has no end.
    """

    edges: tuple[int, ...] = ()
    samples: Mapping[int, Mapping[str, Sample]] = field(default_factory=dict)

    def between(self, since: float, until: float, population: str | None = None) -> Sample:
        """What was due in [since, until), in seconds, by one population or by all.

        Raises ValueError when these are no edges: what was due between two of them is not known any closer.
        """
        first, last = self._edge(since), self._edge(until)
        inside = (self.samples.get(n, {}) for n in range(first, last))
        return total(s for each in inside for p, s in each.items() if population in (None, p))

    @property
    def every(self) -> Iterator[tuple[str, Sample]]:
        """Every sample with its population."""
        return ((p, s) for each in self.samples.values() for p, s in each.items())

    def _edge(self, at: float) -> int:
        wanted = nanoseconds(at)
        n = bisect_left(self.edges, wanted)
        if n == len(self.edges) or self.edges[n] != wanted:
            raise ValueError(f"the load was not counted from {at} s on")
        return n


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load requests of a run: by phase in fine buckets, and in shorter `slots` in coarse ones without service."""

    phases: Intervals = field(default_factory=Intervals)
    slots: Intervals = field(default_factory=Intervals)

    @property
    def whole(self) -> Sample:
        """All that was sent, whenever it was due."""
        return total(s for _, s in self.phases.every)

    @property
    def regions(self) -> frozenset[str]:
        """The regions that answered."""
        return frozenset(r for _, s in self.phases.every for _, r in s.outcomes if r is not None)

    @property
    def populations(self) -> frozenset[str]:
        """Those that sent anything."""
        return frozenset(p for p, _ in self.phases.every)


def merged(loads: Iterable[Load]) -> Load:
    """What was counted in several parts, over the same edges; it does not matter which requests were in which part."""
    known = tuple(loads)
    return Load(phases=_merged([each.phases for each in known]), slots=_merged([each.slots for each in known]))


def _merged(parts: list[Intervals]) -> Intervals:
    numbers = sorted({n for part in parts for n in part.samples})
    samples = {n: _merged_interval([part.samples[n] for part in parts if n in part.samples]) for n in numbers}
    return Intervals(edges=parts[0].edges if parts else (), samples=samples)


def _merged_interval(parts: list[Mapping[str, Sample]]) -> Mapping[str, Sample]:
    populations = sorted({population for part in parts for population in part})
    return {p: total(part[p] for part in parts if p in part) for p in populations}
