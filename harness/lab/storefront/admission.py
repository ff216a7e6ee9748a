"""Letting requests in as the capacity of the instance allows, in real time."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from harness.lab.kernel import set_timer, timer_descriptor
from harness.lab.storefront.capacity import Capacity, Limits


class Overloaded(Exception):
    """All workers are busy and the queue is full."""


class Admission:
    """The capacity of this process. It belongs in the running loop."""

    def __init__(self, limits: Limits) -> None:
        self._loop = asyncio.get_running_loop()
        self._capacity = Capacity(limits, time.monotonic_ns())
        self._timer, self._armed = timer_descriptor(), -1
        self._loop.add_reader(self._timer, self._fire)
        self._read_at, self._read_busy = time.monotonic_ns(), 0.0

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Enter when the request has had its CPU and its wait, and keep its worker inside. Raises Overloaded."""
        served = self._loop.create_future()
        if not self._capacity.arrive(partial(self._served, served), time.monotonic_ns()):
            raise Overloaded
        self._arm()
        await served
        try:
            yield
        finally:
            self._leave()

    def press(self, demands: Sequence[float]) -> None:
        """Others want the CPU from now on, each for a part of the time."""
        self._capacity.press(demands, time.monotonic_ns())
        self._arm()

    def utilization(self) -> float:
        """The percentage of the time since the last call in which the CPU was busy."""
        now = time.monotonic_ns()
        busy = self._capacity.busy_ns(now)
        spent, self._read_at = now - self._read_at, now
        worked, self._read_busy = busy - self._read_busy, busy
        self._arm()
        return min(100.0, 100 * worked / spent) if spent else 0.0

    def _served(self, served: "asyncio.Future[None]") -> None:
        if served.cancelled():  # nobody waits for it any more, but it has cost what it costs
            self._loop.call_soon(self._leave)
        else:
            served.set_result(None)

    def _leave(self) -> None:
        self._capacity.leave(time.monotonic_ns())
        self._arm()

    def _arm(self) -> None:
        due = self._capacity.due()
        if due is not None and due != self._armed:
            self._armed = due
            set_timer(self._timer, due)

    def _fire(self) -> None:
        with suppress(BlockingIOError):  # it was set anew after it had expired
            os.read(self._timer, 8)
        self._capacity.advance(time.monotonic_ns())
        self._arm()
