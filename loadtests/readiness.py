"""Which shopper takes the next request: one in the middle of a journey before one that begins a new journey."""

import heapq
from collections import deque
from itertools import count
from typing import Generic, TypeVar

SHOPPER = TypeVar("SHOPPER")
REST = 1_000_000_000


class Readiness(Generic[SHOPPER]):
    """Shoppers that wait for a due time; moments in monotonic ns.

    Of those in the middle of a journey the one that is ready longest goes first. A journey is begun by the one that
    rested last of those whose rest of one second is over, so that there are as many sessions as the load needs and no
    session sends faster than a person; when all rest, by the one that rests longest.
    """

    def __init__(self) -> None:
        self._thinking: list[tuple[int, int, SHOPPER]] = []
        self._resting: deque[tuple[int, SHOPPER]] = deque()
        self._rested: list[SHOPPER] = []
        self._gone: set[int] = set()
        self._number = count()

    def arrive(self, shopper: SHOPPER) -> None:
        """A new shopper can begin a journey."""
        self._gone.discard(id(shopper))
        self._rested.append(shopper)

    def rest(self, shopper: SHOPPER, due: int) -> None:
        """A journey ended, whose last request was due then."""
        self._resting.append((due + REST, shopper))

    def think(self, shopper: SHOPPER, until: int) -> None:
        """A shopper goes on with its journey at a moment, or later."""
        heapq.heappush(self._thinking, (until, next(self._number), shopper))

    def leave(self, shopper: SHOPPER) -> None:
        """A waiting shopper is gone; it is not picked again."""
        self._gone.add(id(shopper))

    def pick(self, now: int) -> SHOPPER | None:
        """Who takes what is due now; None when all are busy."""
        while (picked := self._pick(now)) is not None and id(picked) in self._gone:
            self._gone.discard(id(picked))
        return picked

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._thinking) + len(self._resting) + len(self._rested) - len(self._gone)

    def _pick(self, now: int) -> SHOPPER | None:
        if self._thinking and self._thinking[0][0] <= now:
            return heapq.heappop(self._thinking)[2]
        resting = self._resting
        while resting and resting[0][0] <= now:
            self._rested.append(resting.popleft()[1])
        if self._rested:
            return self._rested.pop()
        return resting.popleft()[1] if resting else None
