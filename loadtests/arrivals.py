"""When requests are due: exactly where the integral of a rate over time reaches the next whole number.

A constant rate gives even spacing; a ramp, a step or a spike gives each request its own moment. Nothing here knows
what became of the requests before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from harness.model.rate import Point

SECOND = 1_000_000_000


@dataclass(slots=True)
class Piece:
    """A stretch of time with a linear rate: seconds since the start, requests per second, and those due before it.

    `slope` is how fast the rate changes, in requests per second each second; `after` how many are due before its end.
    """

    since: float
    until: float
    low: float
    high: float
    before: float
    slope: float = field(init=False)
    after: float = field(init=False)

    def __post_init__(self) -> None:
        self.slope = (self.high - self.low) / (self.until - self.since) if self.high != self.low else 0.0
        endless = self.until == math.inf
        self.after = (math.inf if self.low else self.before) if endless else self.reached(self.until)

    def reached(self, at: float) -> float:
        """How many requests are due before a moment in it."""
        elapsed = at - self.since
        return self.before + elapsed * (self.low + self.slope * elapsed / 2)

    def moment(self, wanted: float) -> float:
        """When so many requests have been due; `wanted` lies in the piece."""
        more = wanted - self.before
        if not self.slope:
            return self.since + more / self.low
        root = math.sqrt(max(0.0, self.low * self.low + 2 * self.slope * more))
        return min(self.until, self.since + 2 * more / (self.low + root))


class Arrivals:
    """Due times in monotonic ns from `start` on: request n is due where n + `phase` requests were due.

    Of `count` workers each takes its own: worker `index` those whose number modulo `count` is its index.
    """

    def __init__(self, start: int, rate: float, phase: float = 0.5) -> None:
        self.start = start
        self.taken = 0
        self._rate = rate
        self._phase = phase
        self._pieces = [Piece(0.0, math.inf, rate, rate, 0.0)]
        self._place = 0
        self._number, self._count = 0, 1
        self._until = math.inf
        self.next = self._due()

    def take(self) -> int:
        """Take the next due time, which is `next`."""
        due = self.next
        if due is None:
            raise ValueError("nothing is due any more")
        self.taken += 1
        self._number += self._count
        self.next = self._due()
        return due

    def begin(self, at: int, points: Sequence[Point], time_scale: float = 1.0) -> None:
        """The profile begins at a moment, in monotonic ns: its points are (model seconds, requests per real second).

        After its last point the rate is what it was before the first.
        """
        began = (at - self.start) / SECOND
        times = [(began + seconds / time_scale, rate) for seconds, rate in points]
        corners = [(0.0, self._rate), (began, self._rate), (began, points[0][1]), *times]
        corners += [(times[-1][0], self._rate), (math.inf, self._rate)]
        self._pieces = _pieces(corners)
        self._place = 0
        self.next = self._due()

    def assign(self, index: int, count: int, now: int) -> None:
        """From now on take what is due after `now` and is the part of worker `index` of `count`."""
        first = self.due_until(now)
        self._number, self._count = first + (index - first) % count, count
        self._place = 0
        self.next = self._due()

    def due_until(self, at: int) -> int:
        """How many requests of all workers are due until a moment in monotonic ns, that moment included.

        Exact to the nanosecond: whoever takes over then and whoever is relieved then agree about every request.
        """
        number = max(0, math.floor(self.reached(at) - self._phase) + 1)
        while number and (self._moment(number - 1) or 0) > at:
            number -= 1
        while (due := self._moment(number)) is not None and due <= at:
            number += 1
        return number

    def stop(self, now: int) -> None:
        """Nothing is due after `now`."""
        self._until = min(self._until, now)  # stopped twice, it stays stopped
        self.next = self._due()

    def reached(self, at: int) -> float:
        """How many requests of all workers are due before a moment, in monotonic ns."""
        elapsed = max(0.0, (at - self.start) / SECOND)
        piece = next(p for p in reversed(self._pieces) if p.since <= elapsed)
        return piece.reached(elapsed)

    def _due(self) -> int | None:
        found = self._find(self._number, self._place)
        if found is None:
            return None
        self._place, due = found  # numbers only grow: pieces before it are over
        return due if due <= self._until else None

    def _moment(self, number: int) -> int | None:
        found = self._find(number, 0)
        return None if found is None else found[1]

    def _find(self, number: int, since: int) -> tuple[int, int] | None:
        """The piece in which a request is due, and when; none where the rate is nothing for ever."""
        wanted = number + self._phase
        for place in range(since, len(self._pieces)):
            piece = self._pieces[place]
            if piece.before < piece.after >= wanted:
                return place, self.start + round(piece.moment(wanted) * SECOND)
        return None


def _pieces(corners: Sequence[Point]) -> list[Piece]:
    pieces: list[Piece] = []
    before = 0.0
    for (since, low), (until, high) in pairwise(corners):
        if until > since:
            pieces.append(Piece(since, until, low, high, before))
            before = pieces[-1].after
    return pieces
