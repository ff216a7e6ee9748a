"""What a balancer counts between two reports."""

from collections.abc import Callable
from typing import Any

_DIGITS = 10  # binary ones that are kept of a time: within 0.1 %


class Counts:
    """Counters that start again with each report."""

    def __init__(self) -> None:
        self.open: Callable[[], int] = lambda: 0  # connections at the time
        self._start()

    def _start(self) -> None:
        self._requests = self._connection_errors = self._connections = self._not_sticky = 0
        self._by_class = {2: 0, 3: 0, 4: 0, 5: 0}
        self._own = {502: 0, 503: 0, 504: 0}
        self._times: dict[int, int] = {}
        self._total_s = 0.0

    def answered(self, status: int, seconds: float) -> None:
        """A target answered a request."""
        self._requests += 1
        self._by_class[status // 100] = self._by_class.get(status // 100, 0) + 1
        self._total_s += seconds
        time = rounded(int(seconds * 1e6))
        self._times[time] = self._times.get(time, 0) + 1

    def failed(self, status: int, *, had_target: bool) -> None:
        """The balancer itself answered 502, 503 or 504."""
        self._requests += had_target
        self._own[status] += 1

    def connected(self) -> None:
        """There is a new connection, from a client or to a target."""
        self._connections += 1

    def not_connected(self) -> None:
        """A target could not be connected to."""
        self._connection_errors += 1

    def took_turns(self) -> None:
        """A request had no usable cookie although sessions are sticky."""
        self._not_sticky += 1

    def report(self) -> dict[str, Any]:
        """The counts since the last report."""
        counts = {
            "request_count": self._requests,
            **{f"target_{kind}xx": self._by_class[kind] for kind in (2, 3, 4, 5)},
            **{f"elb_{status}": count for status, count in self._own.items()},
            "connection_errors": self._connection_errors,
            "new_connections": self._connections,
            "active_connections": self.open(),
            "not_sticky": self._not_sticky,
            "response_times": [(time / 1e6, count) for time, count in self._times.items()],
            "response_total": self._total_s,
        }
        self._start()
        return counts


def rounded(microseconds: int) -> int:
    """The middle of the class that a time is counted in, which is at most 0.1 % away."""
    shift = microseconds.bit_length() - _DIGITS
    if shift <= 0:
        return microseconds
    return (microseconds >> shift << shift) + (1 << shift >> 1)
