"""How far the clock of another machine is from ours, from round trips between them. Pure; times in ns."""

from dataclasses import dataclass

WINDOW = 10_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A question sent and its answer received by our clock, and when the other side answered by its own."""

    sent: int
    answered: int
    received: int

    @property
    def offset(self) -> int:
        """Its clock less ours, as if the answer was given halfway."""
        return self.answered - (self.sent + self.received) // 2

    @property
    def error(self) -> int:
        """By how much the offset may be wrong: the answer was given at some time between sending and receiving."""
        return (self.received - self.sent + 1) // 2


class ClockOffset:
    """The offset of one other clock: fixed once, then held against the shortest round trip of every ten seconds."""

    def __init__(self) -> None:
        self.trips = 0
        self._best: dict[int, RoundTrip] = {}
        self._fixed: int | None = None

    def note(self, trip: RoundTrip) -> None:
        """One round trip."""
        self.trips += 1
        window = trip.sent // WINDOW
        best = self._best.get(window)
        if best is None or trip.error < best.error:
            self._best[window] = trip

    def fix(self) -> int:
        """The offset to reckon with from now on, by the shortest round trip so far. Raises ValueError without any."""
        if self._fixed is None:
            if not self._best:
                raise ValueError("there was no round trip: nobody knows what time it is there")
            self._fixed = min(self._best.values(), key=lambda trip: trip.error).offset
        return self._fixed

    @property
    def uncertainty(self) -> int:
        """By how much a time that was corrected by the fixed offset may be wrong: half a round trip, and the drift."""
        fixed = self.fix()
        return max(abs(trip.offset - fixed) + trip.error for trip in self._best.values())
