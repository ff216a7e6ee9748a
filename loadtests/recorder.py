"""Writes every request to load.jsonl, and how well the plan was kept."""

import os
import time
from typing import Any, Protocol

from harness.load.record import LoadRecord, encoded
from harness.model.history import Outcome
from harness.probes.outcomes import answered, unanswered
from harness.probes.records import started_line, summary_line
from loadtests.basket import CartSeen
from loadtests.client import Exchange
from loadtests.spread import Spread

WRITES = ("POST", "PUT", "PATCH", "DELETE")
AT_ONCE = 64
OK = Outcome.OK.value


class Lines(Protocol):
    """Where lines go: a file of this machine, or the file of another one."""

    def add(self, line: str) -> None:
        """Keep whole lines for the next flush."""

    def flush(self) -> None:
        """Pass on what was gathered."""

    def close(self) -> None:
        """Flush and close."""


class Recorder:
    """Keeps the records of one process; somebody has to call `flush` now and then.

    Times are written less `offset` ns: what this clock is ahead of the one that the run goes by.
    """

    def __init__(self, sink: Lines, offset: int = 0) -> None:
        self._sink = sink
        self._offset = offset
        self._records: list[LoadRecord] = []
        self._late = Spread()
        self._began = time.monotonic_ns()
        self._open = True
        self.recorded = 0
        self._sink.add(started_line(at=self._began - offset, pid=os.getpid()))

    def add(self, population: str, method: str, name: str, due: int, exchange: Exchange, cart: CartSeen) -> None:  # noqa: PLR0917
        """Keep one request; `due` in monotonic ns."""
        self._late.note(exchange.sent - due)
        self.recorded += 1
        self._records.append(
            LoadRecord(
                population,
                name,
                due - self._offset,
                exchange.sent - self._offset,
                exchange.finished - self._offset,
                OK if exchange.status == 200 else outcome_of(method, exchange).value,
                exchange.region,
                exchange.status,
                None,
                exchange.error,
                exchange.instance,
                cart,
            )
        )
        if len(self._records) >= AT_ONCE:  # small writes: a long one would make what is due meanwhile late
            self.flush()

    def begin(self, at: int) -> None:
        """Requests are due from a moment on, in monotonic ns: the time that elapsed counts from then."""
        self._began = at

    def flush(self) -> None:
        """Write what was gathered."""
        if self._open:
            records, self._records = self._records, []
            self._sink.add(encoded(records).decode())
            self._sink.flush()

    def close(self, **figures: Any) -> None:
        """Write the summary with these figures, and close. Closing twice is harmless."""
        if not self._open:
            return
        self.flush()
        self._open = False
        now = time.monotonic_ns()
        self._sink.add(
            summary_line(
                at=now - self._offset,
                recorded=self.recorded,
                scheduling_error_ms=self._late.milliseconds(),
                elapsed_s=round((now - self._began) / 1e9, 3),
                cpu_s=round(time.process_time(), 3),
                **figures,
            )
        )
        self._sink.close()


def outcome_of(method: str, exchange: Exchange) -> Outcome:
    """By the rules of `harness.probes.outcomes`."""
    if exchange.status is None:
        return unanswered(was_sent=exchange.was_sent)
    return answered(exchange.status, writes=method in WRITES)
