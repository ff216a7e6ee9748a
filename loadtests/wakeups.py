"""Wakes greenlets when they are due: one kernel timer for all. The loop's own timers are 0.8 ms late at the median."""

import heapq
import os
import time
from contextlib import suppress
from itertools import count

from gevent import get_hub
from gevent.event import Event

from harness.probes.timerfd import arm, timer

READABLE = 1


class Wakeups:
    """Moments in monotonic nanoseconds, each with the greenlet that waits for it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Event]] = []
        self._number = count()
        self._descriptor = timer()
        self._watcher = get_hub().loop.io(self._descriptor, READABLE)
        self._watcher.start(self._expired)

    def close(self) -> None:
        """Nobody is woken any more."""
        self._watcher.stop()
        self._watcher.close()
        os.close(self._descriptor)

    def until(self, moment: int) -> None:
        """Return at `moment`, or at once when it is over."""
        if moment <= time.monotonic_ns():
            return
        woken = Event()
        heapq.heappush(self._waiting, (moment, next(self._number), woken))
        if self._waiting[0][2] is woken:
            arm(self._descriptor, moment)
        woken.wait()

    def _expired(self) -> None:
        with suppress(BlockingIOError):  # armed anew since it expired
            os.read(self._descriptor, 8)
        now = time.monotonic_ns()
        while self._waiting and self._waiting[0][0] <= now:
            heapq.heappop(self._waiting)[2].set()
        if self._waiting:
            arm(self._descriptor, self._waiting[0][0])
