"""The workers of a master: which of them is there, what time it is where they are, and who takes which part. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.load.clock_offset import ClockOffset, RoundTrip
from loadtests.messages import LOST_AFTER

ROUND_TRIPS = 5
SECOND = 1_000_000_000


@dataclass(slots=True)
class Member:
    """One worker; times in monotonic ns of the master. A worker that is not `remote` shares its clock and its disk."""

    id: str
    number: int
    host: str
    remote: bool
    heard: int
    clock: ClockOffset = field(default_factory=ClockOffset)
    waiting: int = 0
    working: bool = False
    relieved: bool = False
    done: bool = False
    absences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def synchronised(self) -> bool:
        """Whether it is known what time it is there."""
        return not self.remote or self.clock.trips >= ROUND_TRIPS

    @property
    def offset(self) -> int:
        """Its clock less ours, in ns."""
        return self.clock.fix() if self.remote else 0

    @property
    def uncertainty_ms(self) -> float:
        """By how much its times may be wrong."""
        return round(self.clock.uncertainty / 1e6, 3) if self.remote else 0.0

    def answered(self, trip: RoundTrip, *, waiting: int, relieved: bool) -> None:
        """A pong arrived."""
        self.clock.note(trip)
        self.heard, self.waiting, self.relieved = trip.received, waiting, relieved

    def silent(self, now: int) -> bool:
        """Whether nothing was heard of it for so long that others have to take its part."""
        return now - self.heard > LOST_AFTER * SECOND


def parts(members: Iterable[Member], shoppers: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[int]]]:
    """The part of each worker by population: {worker id: {population: [index, count]}}.

    `shoppers` are those of each population by worker id. Who has none of a population takes no part of it, unless
    nobody has any: then all of them do, so that what is due is dropped and counted.
    """
    known = list(members)
    found: dict[str, dict[str, list[int]]] = {each.id: {} for each in known}
    for population, by_worker in shoppers.items():
        able = [each for each in known if by_worker.get(each.id)] or known
        for index, each in enumerate(able):
            found[each.id][population] = [index, len(able)]
    return found
