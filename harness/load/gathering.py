"""Counts load requests one after the other while they are read: by phase and by slot, none of them kept."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from harness.model.history import Outcome
from harness.model.load import COARSE, FINE, Intervals, Load, Sample, total
from harness.probes.records import OUTCOMES

OK = Outcome.OK.value
Key = tuple[int, str]


class Row(Protocol):
    """One request as it stands in load.jsonl; times in monotonic ns."""

    @property
    def population(self) -> str:
        """Who sent it."""

    @property
    def due(self) -> int:
        """When it should have been sent."""

    @property
    def sent(self) -> int:
        """When it was."""

    @property
    def finished(self) -> int:
        """When it was answered or given up."""

    @property
    def outcome(self) -> str:
        """The value of an `Outcome`."""

    @property
    def region(self) -> str | None:
        """Which region answered."""

    @property
    def instance(self) -> str | None:
        """Which instance of it did."""

    @property
    def cart(self) -> str | None:
        """ "kept" or "lost", where the answer showed a cart."""


@dataclass(slots=True)
class _Phase:
    """How long answers to one population took in one phase, while it is counted; the rest is counted by slot."""

    latency: dict[int, int] = field(default_factory=dict)
    service: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Slot:
    """One population in one slot, while it is counted."""

    phase: _Phase
    outcomes: dict[tuple[str, str | None], int] = field(default_factory=dict)
    instances: dict[tuple[str | None, str], int] = field(default_factory=dict)
    carts: dict[str, int] = field(default_factory=dict)
    latency: dict[int, int] = field(default_factory=dict)
    longest_answer: int = 0
    longest_wait: int = 0
    early: int = 0

    def sample(self) -> Sample:
        return Sample(
            outcomes={(OUTCOMES[outcome], region): count for (outcome, region), count in self.outcomes.items()},
            instances=self.instances,
            carts=self.carts,
            latency=self.latency,
            longest_answer=self.longest_answer,
            longest_wait=self.longest_wait,
            early=self.early,
        )


class Gathering:
    """Counts over the edges of phases and slots, in ns since `origin_ns`; every edge of a phase is one of a slot."""

    def __init__(self, phases: Iterable[int], slots: Iterable[int], origin_ns: int) -> None:
        self._phases = tuple(sorted(set(phases)))
        self._slots = tuple(sorted({*self._phases, *slots}))
        self._edges = [origin_ns + edge for edge in self._slots]
        self._by_phase: dict[Key, _Phase] = {}
        self._by_slot: dict[Key, _Slot] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Count more requests. It runs millions of times: that is why finding a bucket is written out three times."""
        edges, by_slot, coarser = self._edges, self._by_slot, FINE - COARSE
        for row in rows:
            due, finished = row.due, row.finished
            key = (bisect_right(edges, due) - 1, row.population)
            slot = by_slot.get(key) or self._slot(key)
            outcome = (row.outcome, row.region)
            outcomes, phase = slot.outcomes, slot.phase
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            wait, service = finished - due, finished - row.sent
            if wait < 0 or service < 0:
                slot.early += 1
            slot.longest_wait = max(slot.longest_wait, wait)
            if row.cart is not None:
                slot.carts[row.cart] = slot.carts.get(row.cart, 0) + 1
            if row.outcome != OK:
                continue
            if row.instance is not None:
                server = (row.region, row.instance)
                slot.instances[server] = slot.instances.get(server, 0) + 1
            slot.longest_answer = max(slot.longest_answer, wait)
            micros = (wait + 500) // 1000
            shift = micros.bit_length() - FINE
            if shift > 0:
                micros = micros >> shift << shift
            counts = phase.latency
            counts[micros] = counts.get(micros, 0) + 1
            shift += coarser
            if shift > 0:
                micros = micros >> shift << shift
            counts = slot.latency
            counts[micros] = counts.get(micros, 0) + 1
            micros = (service + 500) // 1000
            shift = micros.bit_length() - FINE
            if shift > 0:
                micros = micros >> shift << shift
            counts = phase.service
            counts[micros] = counts.get(micros, 0) + 1

    def _slot(self, key: Key) -> _Slot:
        number, population = key
        edge = self._slots[number] if number >= 0 else None
        phase = -1 if edge is None else bisect_right(self._phases, edge) - 1
        made = _Slot(phase=self._by_phase.setdefault((phase, population), _Phase()))
        self._by_slot[key] = made
        return made

    def load(self) -> Load:
        """What was counted."""
        slots = {key: slot.sample() for key, slot in self._by_slot.items()}
        phases = {key: self._sample(phase) for key, phase in self._by_phase.items()}
        return Load(phases=_intervals(self._phases, phases), slots=_intervals(self._slots, slots))

    def _sample(self, phase: _Phase) -> Sample:
        mine = total(slot.sample() for slot in self._by_slot.values() if slot.phase is phase)
        return replace(mine, latency=phase.latency, service=phase.service)


def _intervals(edges: tuple[int, ...], samples: Mapping[Key, Sample]) -> Intervals:
    by_number: dict[int, dict[str, Sample]] = {}
    for (number, population), sample in sorted(samples.items()):
        by_number.setdefault(number, {})[population] = sample
    return Intervals(edges=edges, samples=by_number)


def gathered(rows: Iterable[Row], phases: Iterable[int] = (), slots: Iterable[int] = (), origin_ns: int = 0) -> Load:
    """Count requests that are at hand."""
    gathering = Gathering(phases, slots, origin_ns)
    gathering.add(rows)
    return gathering.load()
