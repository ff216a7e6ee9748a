"""Hands every request to a shopper at the moment it is due, whatever the server does."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.model.rate import Point
from loadtests.arrivals import Arrivals
from loadtests.readiness import Readiness
from loadtests.wakeups import Wakeup

AT_A_TIME = 16


class Waiting(Protocol):
    """A shopper that waits for its turn."""

    def hand(self, due: int) -> None:
        """Send what was due then; returns as soon as it waits for something."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """From a moment on, in monotonic ns, this process is worker `index` of `count`."""

    since: int
    index: int
    count: int


class Dispatcher:
    """The due times of one population in this process, and the shoppers that wait for them.

    A due time for which no shopper is left is dropped and counted: `planned` = handed out + `dropped`. Where there is
    a `lease` (monotonic ns) nothing is handed out after it, until the process is assigned its part anew: others may
    have taken it over.
    """

    def __init__(self, rate: float, phase: float) -> None:
        self.ready: Readiness[Waiting] = Readiness()
        self.planned = 0
        self.dropped = 0
        self.under_way = 0
        self.most_at_once = 0
        self._rate, self._phase = rate, phase
        self.lease: int | None = None
        self.relieved = False
        self._share = (0, 1)
        self._takeovers: deque[Takeover] = deque()
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

    def assign(self, index: int, count: int, since: int | None = None) -> None:
        """This process is worker `index` of `count` for all that is due after a moment: now, or one that is to come."""
        if self._arrivals is None:
            self._share = (index, count)
        else:
            self._takeovers.append(Takeover(since or time.monotonic_ns(), index, count))
            self._arm()

    def renew(self, until: int) -> None:
        """There is a lease until a moment. One that was over stays over until a part is assigned anew."""
        self._look_at_lease(time.monotonic_ns())
        self.lease = until

    def stop(self, at: int | None = None) -> None:
        """Nothing is due after a moment, or after now; what was due already is handed out, until it is `idle`."""
        if self._arrivals is not None:
            self._arrivals.stop(at or time.monotonic_ns())
            self._arm()

    def answered(self) -> None:
        """A request that was handed out is not under way any more."""
        self.under_way -= 1

    def _expired(self) -> None:
        if self._arrivals is not None:
            self._hand_out(self._arrivals, time.monotonic_ns(), AT_A_TIME)  # answers are read in between
            self._rearm()

    def _hand_out(self, arrivals: Arrivals, now: int, most: int) -> None:
        for _ in range(most):
            moment = self._next(arrivals)
            if moment is None or moment > now:
                return
            if moment == arrivals.next:
                self._hand(arrivals.take())
            else:
                self._take_over(arrivals)

    def _next(self, arrivals: Arrivals) -> int | None:
        """When something happens: a request is due, or this process takes another part, whichever is earlier."""
        due = arrivals.next
        if self._takeovers and (due is None or due > self._takeovers[0].since):
            return self._takeovers[0].since
        return due

    def _take_over(self, arrivals: Arrivals) -> None:
        part = self._takeovers.popleft()
        arrivals.assign(part.index, part.count, part.since)
        self.relieved = False

    def _hand(self, due: int) -> None:
        now = time.monotonic_ns()
        self._look_at_lease(now)
        if self.relieved:
            return
        self.planned += 1
        shopper = self.ready.pick(now)
        if shopper is None:
            self.dropped += 1
            return
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        shopper.hand(due)

    def _look_at_lease(self, now: int) -> None:
        if self._arrivals is not None and self.lease is not None and now > self.lease:
            self.relieved = True

    def _arm(self) -> None:
        moment = self._next(self._arrivals) if self._arrivals else None
        if moment is None:
            self._wakeup.stop()
        else:
            self._wakeup.at(moment)

    def _rearm(self) -> None:
        """As `_arm`, once it expired: what is due already is called back for anyway, and to set a timer takes long."""
        moment = self._next(self._arrivals) if self._arrivals else None
        if moment is None or moment > time.monotonic_ns():
            self._arm()
