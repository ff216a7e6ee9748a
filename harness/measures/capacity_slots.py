"""Slots of the load in which demand and capacity are compared: ten model seconds each, one begins as demand rises."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.measures.demand import Demand, demand
from harness.measures.registry import Scope
from harness.model.history import History
from harness.model.load import Sample, total

SLOT_SECONDS = 10.0
SHORTEST_SLOT_SECONDS = 0.5
MOST_SLOTS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A part of the run, [since, until) in real seconds."""

    since: float
    until: float


def slots(history: History, risen: Demand) -> tuple[Slot, ...]:
    """The slots of the run from its first phase on, as far as clients were driven."""
    edges = _edges(history, risen)
    return tuple(Slot(since=a, until=b) for a, b in pairwise(edges))


def slot_edges(history: History, _: Scope) -> tuple[float, ...]:
    """Between which moments the load must have been counted."""
    risen = demand(history)
    return () if isinstance(risen, str) else _edges(history, risen)


def _edges(history: History, risen: Demand) -> tuple[float, ...]:
    spans = history.spans
    if not spans:
        return ()
    since, until = spans[0].since, spans[-1].until
    width = max(SLOT_SECONDS / history.time_scale, SHORTEST_SLOT_SECONDS, (until - since) / MOST_SLOTS)
    first, last = math.ceil((since - risen.rises) / width), math.floor((until - risen.rises) / width)
    return tuple(round(risen.rises + n * width, 6) for n in range(first, last + 1))


def due_in(history: History, slot: Slot, populations: Sequence[str]) -> Sample:
    """The requests of populations that were due in a slot."""
    return _sum(history, slot.since, slot.until, populations)


def _sum(history: History, since: float, until: float, populations: Sequence[str]) -> Sample:
    if history.load is None:
        return Sample()
    return total(history.load.slots.between(since, until, each) for each in populations)


def populations_of(history: History, region: str) -> tuple[str, ...]:
    """The populations that were mostly served by a region."""
    return tuple(p for p in history.populations if _home(history, p) == region)


def _home(history: History, population: str) -> str | None:
    """The region that answered most of a population's requests over the whole run; None when none did."""
    mine = total(s for p, s in history.load.phases.every if p == population) if history.load else Sample()
    regions = sorted(region for _, region in mine.outcomes if region is not None)
    return max(regions, key=mine.served_by, default=None)
