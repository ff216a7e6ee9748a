"""Calls at exact times: a heap and one timerfd, since the timers of event loops are 1 ms grained."""

import asyncio
import heapq
import itertools
import os
import time
from collections.abc import Callable

from harness.lab.kernel import set_timer, timer_descriptor


class Schedule:
    """Runs callbacks at times of CLOCK_MONOTONIC, in order of time, then of asking."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._timer = timer_descriptor()
        loop.add_reader(self._timer, self._fire)

    def at(self, due_ns: int, call: Callable[[], None]) -> None:
        """Have something called at a time; soon, if that is past."""
        entry = (due_ns, next(self._order), call)
        heapq.heappush(self._heap, entry)
        if self._heap[0] is entry:
            set_timer(self._timer, due_ns)

    def _fire(self) -> None:
        os.read(self._timer, 8)
        heap = self._heap
        while heap and heap[0][0] <= time.monotonic_ns():
            heapq.heappop(heap)[2]()
        if heap:
            set_timer(self._timer, heap[0][0])
