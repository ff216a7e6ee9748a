"""What a balancer counts between two reports."""

from typing import Any


class Counts:
    """Counters that start again with each report."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._requests = self._balancer_5xx = 0
        self._by_class: dict[int, int] = {}
        self._response_times: list[float] = []

    def answered(self, status: int, seconds: float) -> None:
        """A target answered a request."""
        self._requests += 1
        self._by_class[status // 100] = self._by_class.get(status // 100, 0) + 1
        self._response_times.append(round(seconds, 6))

    def failed(self, *, had_target: bool) -> None:
        """The balancer itself answered 502, 503 or 504."""
        self._requests += had_target
        self._balancer_5xx += 1

    def report(self) -> dict[str, Any]:
        """The counts since the last report."""
        counts = {
            "request_count": self._requests,
            "target_2xx": self._by_class.get(2, 0),
            "target_4xx": self._by_class.get(4, 0),
            "target_5xx": self._by_class.get(5, 0),
            "elb_5xx": self._balancer_5xx,
            "response_times": self._response_times,
        }
        self._start()
        return counts
