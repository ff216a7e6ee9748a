"""Requests that are under way, each given up when its time is over: one timer of the loop's for all."""

import time
from typing import Protocol

from gevent import get_hub


class Expiring(Protocol):
    """What can be given up."""

    def expire(self) -> None:
        """Its time is over. Called in the hub."""


class Deadlines:
    """All that enter have the same time, in seconds, so that those that entered first expire first."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._under_way: dict[Expiring, float] = {}
        self._timer = get_hub().loop.timer(timeout)

    def enter(self, one: Expiring) -> float:
        """Its time begins; the monotonic second at which it is over."""
        until = self._under_way[one] = time.monotonic() + self._timeout
        if not self._timer.active:
            self._timer.start(self._expired, update=True)
        return until

    def leave(self, one: Expiring) -> None:
        """It has come to its end."""
        self._under_way.pop(one, None)

    def _expired(self) -> None:
        now = time.monotonic()
        left = self._timeout
        while self._under_way:
            one, until = next(iter(self._under_way.items()))
            if until > now:
                left = until - now
                break
            del self._under_way[one]
            one.expire()
        self._timer.close()
        self._timer = get_hub().loop.timer(max(left, 1e-4))
        if self._under_way:
            self._timer.start(self._expired, update=True)
