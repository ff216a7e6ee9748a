"""How much one instance can do: a virtual CPU, a pool of workers and a bounded queue, as a pure machine of times."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Served = Callable[[], None]
_NS = 1e6  # in a millisecond


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request costs and how many there may be: `cpu_ms` of the CPU, then `wait_ms` of waiting (real ms).

    A request has one of `workers` all the while; at most `queue` wait for one.
    """

    cpu_ms: float
    wait_ms: float
    workers: int
    queue: int


class Capacity:
    """Requests that share one CPU, one at a time and in order of arrival. Times are nanoseconds of any one clock.

    What is due is worked off by `advance`, at the time it was due: who calls it late delays a request, never the next.
    """

    def __init__(self, limits: Limits, now: int) -> None:
        self._cpu_ns, self._wait_ns = limits.cpu_ms * _NS, int(limits.wait_ms * _NS)
        self._free, self._places = limits.workers, limits.queue
        self._queued: deque[Served] = deque()
        self._ready: deque[Served] = deque()
        self._computing: tuple[int, Served] | None = None  # until when, for whom
        self._waiting: list[tuple[int, int, Served]] = []
        self._order = itertools.count()
        self._share, self._idle_load = 1.0, 0.0
        self._counted_to, self._busy_ns = now, 0.0

    def arrive(self, served: Served, now: int) -> bool:
        """Take a request in, unless the queue is full; `served` is called when it has computed and waited."""
        self.advance(now)
        if self._free:
            self._free -= 1
            self._compute(served, now)
        elif len(self._queued) < self._places:
            self._queued.append(served)
        else:
            return False
        return True

    def leave(self, now: int) -> None:
        """A request that was served has done the rest, too: its worker takes the next one."""
        self.advance(now)
        if self._queued:
            self._compute(self._queued.popleft(), now)
        else:
            self._free += 1

    def press(self, demands: Sequence[float], now: int) -> None:
        """Others want the CPU from now on, each for a part of the time; what computes already is not slowed."""
        self.advance(now)
        self._count(now)
        self._share, self._idle_load = fair_share(demands), min(1.0, sum(demands))

    def advance(self, now: int) -> None:
        """Work off what was due until now."""
        while (due := self.due()) is not None and due <= now:
            if self._computing is not None and self._computing[0] == due:
                self._computed(due)
            else:
                heapq.heappop(self._waiting)[2]()

    def due(self) -> int | None:
        """When `advance` has something to do next."""
        times = [self._waiting[0][0]] if self._waiting else []
        return min([*times, self._computing[0]] if self._computing else times, default=None)

    def busy_ns(self, now: int) -> float:
        """For how long the CPU was busy until now, with requests or with those who press on it."""
        self.advance(now)
        self._count(now)
        return self._busy_ns

    def _compute(self, served: Served, now: int) -> None:
        if self._computing is not None:
            self._ready.append(served)
        else:
            self._count(now)
            self._computing = now + round(self._cpu_ns / self._share), served

    def _computed(self, at: int) -> None:
        assert self._computing is not None
        self._count(at)
        served, self._computing = self._computing[1], None
        if self._ready:
            self._compute(self._ready.popleft(), at)
        heapq.heappush(self._waiting, (at + self._wait_ns, next(self._order), served))

    def _count(self, now: int) -> None:
        self._busy_ns += (now - self._counted_to) * (1.0 if self._computing else self._idle_load)
        self._counted_to = now


def fair_share(demands: Sequence[float]) -> float:
    """The part of a CPU that is left to one who always wants it, when the others get what they want or as much."""
    left, sharers = 1.0, len(demands) + 1
    for demand in sorted(demands):
        if demand > left / sharers:
            break
        left, sharers = left - demand, sharers - 1
    return left / sharers
