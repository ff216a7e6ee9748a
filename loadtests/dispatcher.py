"""Hands every request to a shopper at the moment it is due, whatever the server does."""

import time
from collections.abc import Sequence
from typing import Protocol

from gevent import get_hub

from harness.model.rate import Point
from loadtests.arrivals import Arrivals
from loadtests.readiness import Readiness
from loadtests.wakeups import Wakeup

AT_A_TIME = 16


class Waiting(Protocol):
    """A shopper that waits for its turn."""

    def hand(self, due: int) -> None:
        """Send what was due then; returns as soon as it waits for something."""


class Dispatcher:
    """The due times of one population in this process, and the shoppers that wait for them.

    A due time for which no shopper is left is dropped and counted: `planned` = handed out + `dropped`.
    """

    def __init__(self, rate: float, phase: float) -> None:
        self.ready: Readiness[Waiting] = Readiness()
        self.planned = 0
        self.dropped = 0
        self.under_way = 0
        self.most_at_once = 0
        self._rate, self._phase = rate, phase
        self._share = (0, 1)
        self._arrivals: Arrivals | None = None
        self._wakeup = Wakeup(self._expired)

    @property
    def running(self) -> bool:
        """Whether anything is due, now or later."""
        return self._arrivals is not None and self._arrivals.next is not None

    @property
    def idle(self) -> bool:
        """Whether it was stopped, everything was handed out, and nothing is under way."""
        return not self.running and not self.under_way

    def start(self, at: int) -> None:
        """Requests are due at the base rate from a moment on, in monotonic ns."""
        self._arrivals = Arrivals(at, self._rate, self._phase)
        self._arrivals.assign(*self._share, at)
        self._arm()

    def begin(self, at: int, points: Sequence[Point], time_scale: float) -> None:
        """The profile begins at a moment. Raises ValueError when nothing is due yet."""
        if self._arrivals is None:
            raise ValueError("a profile can only begin once the load runs")
        self._arrivals.begin(at, points, time_scale)
        self._arm()

    def assign(self, index: int, count: int) -> None:
        """From now on this process is worker `index` of `count`."""
        get_hub().loop.run_callback(self._assign, index, count)  # shoppers are switched to from the hub alone

    def stop(self) -> None:
        """Nothing is due after now; what was due already is handed out, however late, until it is `idle`."""
        if self._arrivals is not None:
            self._arrivals.stop(time.monotonic_ns())
            self._arm()

    def answered(self) -> None:
        """A request that was handed out is not under way any more."""
        self.under_way -= 1

    def _assign(self, index: int, count: int) -> None:
        self._share = (index, count)
        if self._arrivals is not None:
            now = time.monotonic_ns()
            self._hand_out(now)
            self._arrivals.assign(index, count, now)
            self._arm()

    def _expired(self) -> None:
        if self._arrivals is not None:
            self._hand_out(time.monotonic_ns(), AT_A_TIME)  # answers are read in between
            self._rearm()

    def _hand_out(self, now: int, most: int | None = None) -> None:
        arrivals = self._arrivals
        while arrivals and arrivals.next is not None and arrivals.next <= now and most != 0:
            self._hand(arrivals.take())
            most = most - 1 if most is not None else None

    def _hand(self, due: int) -> None:
        self.planned += 1
        shopper = self.ready.pick(time.monotonic_ns())
        if shopper is None:
            self.dropped += 1
            return
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        shopper.hand(due)

    def _arm(self) -> None:
        due = self._arrivals.next if self._arrivals else None
        if due is None:
            self._wakeup.stop()
        else:
            self._wakeup.at(due)

    def _rearm(self) -> None:
        """As `_arm`, once it expired: what is due already is called back for anyway, and to set a timer takes long."""
        due = self._arrivals.next if self._arrivals else None
        if due is None or due > time.monotonic_ns():
            self._arm()
