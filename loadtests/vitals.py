"""How the generator itself is: how late its loop takes what is due, how busy its core is, how many sockets it holds."""

import time
from typing import Any

from loadtests.connection import Connection
from loadtests.spread import Spread
from loadtests.wakeups import Wakeup

EVERY = 20_000_000
SECOND = 1_000_000_000


class Vitals:
    """Sampled by a timer of the kernel's from the start on."""

    def __init__(self) -> None:
        self.lag = Spread()
        self.busy = 0.0
        self.sockets = 0
        self._due = time.monotonic_ns() + EVERY
        self._second, self._used = time.monotonic_ns(), time.process_time_ns()
        self._wakeup = Wakeup(self._expired)
        self._wakeup.at(self._due)

    def figures(self) -> dict[str, Any]:
        """Lag in ms, the share of a core in the busiest second, and the most sockets at a time."""
        return {"loop_lag_ms": self.lag.milliseconds(), "busy": round(self.busy, 3), "sockets": self.sockets}

    def _expired(self) -> None:
        now = time.monotonic_ns()
        self.lag.note(now - self._due)
        if now - self._second >= SECOND:
            used = time.process_time_ns()
            self.busy = max(self.busy, (used - self._used) / (now - self._second))
            self._second, self._used = now, used
        self.sockets = max(self.sockets, Connection.count)
        self._due = now + EVERY
        self._wakeup.at(self._due)
