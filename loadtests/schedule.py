"""When a user's requests are due: evenly, whatever became of the ones before."""

import math


class Schedule:
    """Due times in monotonic nanoseconds: every period from the first after `start` on.

    `phase` is the part of the period, 0 to 1, at which they lie. Users whose phases are spread evenly send evenly
    together: a stall is met by its share of the requests, and a percentile does not depend on where the users happen
    to lie.
    """

    def __init__(self, start: int, rate: float, phase: float) -> None:
        self.period = round(1e9 / rate)
        self.first = start + (math.floor(phase * self.period) - start) % self.period
        self.taken = 0
        self._until = 0

    @property
    def next(self) -> int:
        """The first due time that was not taken."""
        return self.first + self.taken * self.period

    def take(self) -> int:
        """Take the next due time."""
        due = self.next
        self.taken += 1
        return due

    def stop(self, now: int) -> None:
        """Nothing is due after `now`."""
        self._until = now

    @property
    def planned(self) -> int:
        """How many were due until it was stopped, taken or not; without a stop, how many were taken."""
        due = (self._until - self.first) // self.period + 1 if self._until >= self.first else 0
        return max(self.taken, due)
