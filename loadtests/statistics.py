"""Locust's own statistics, which its web UI shows, told in batches: one by one they cost a tenth of a request."""

import time
from typing import Any

from locust.event import EventHook
from locust.stats import StatsEntry, bucket_response_time


class Statistics:
    """Counts requests beside Locust's own listener, whose place it takes; all other listeners are told each request.

    Somebody has to call `flush` a few times a second.
    """

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._entries: dict[str, StatsEntry] = {}
        self._hook = environment.events.request
        self._own = [each for each in self._hook._handlers if each.__module__ == "locust.runners"]
        self._seen = list(self._own)
        self._others = EventHook()
        self._second = int(time.time())

    def note(self, method: str, label: str, milliseconds: float, size: int, error: str) -> None:
        """One request."""
        if error:
            self._environment.stats.log_request(method, label, milliseconds, size)
            self._environment.stats.log_error(method, label, error)
        else:
            self._count(self._entries.get(label) or self._entry(method, label), milliseconds, size)
        if self._hook._handlers != self._seen:
            self._seen = list(self._hook._handlers)
            self._others._handlers = [each for each in self._seen if each not in self._own]
        if self._others._handlers:
            self._others.fire(
                request_type=method,
                name=label,
                response_time=milliseconds,
                response_length=size,
                exception=OSError(error) if error else None,
                context={},
            )

    def flush(self) -> None:
        """Tell Locust what was counted."""
        now = time.time()
        stats = self._environment.stats
        for entry in self._entries.values():
            if entry.num_requests:
                entry.last_request_timestamp = now
                stats.entries[entry.name, entry.method].extend(entry)
                stats.total.extend(entry)
                entry.reset()
        self._second = int(now)

    def _count(self, entry: Any, milliseconds: float, size: int) -> None:
        entry.num_requests += 1
        entry.num_reqs_per_sec[self._second] += 1
        entry.total_response_time += milliseconds
        entry.total_content_length += size
        entry.max_response_time = max(entry.max_response_time, milliseconds)
        if entry.min_response_time is None or milliseconds < entry.min_response_time:
            entry.min_response_time = milliseconds
        entry.response_times[round(milliseconds) if milliseconds < 100 else bucket_response_time(milliseconds)] += 1

    def _entry(self, method: str, label: str) -> StatsEntry:
        made = self._entries[label] = StatsEntry(self._environment.stats, label, method)
        return made
