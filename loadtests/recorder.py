"""The one listener: writes every request that Locust reports to load.jsonl, and how well the plan was kept."""

import os
import time
from pathlib import Path
from typing import Any

from harness.model.history import Outcome, Stream
from harness.probes.outcomes import answered, unanswered
from harness.probes.records import request_line, started_line, summary_line
from harness.probes.sink import Sink
from harness.probes.tally import Tally
from loadtests.client import Exchange

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Recorder:
    """Listens to `events.request`. A request's context must hold `population`, `due` and `exchange`."""

    def __init__(self, path: Path) -> None:
        self._sink = Sink(path)
        self._tally = Tally()
        self._began = time.monotonic_ns()
        self._open = True
        self._sink.add(started_line(at=self._began, pid=os.getpid()))

    def on_request(self, request_type: str, name: str, context: dict[str, Any], **_: Any) -> None:
        """Keep one request."""
        exchange: Exchange = context["exchange"]
        self._tally.note(context["due"], exchange.sent)
        self._sink.add(
            request_line(
                stream=Stream.LOAD,
                population=context["population"],
                name=name,
                due=context["due"],
                sent=exchange.sent,
                finished=exchange.finished,
                outcome=outcome_of(request_type, exchange),
                region=exchange.region,
                status=exchange.status,
                error=exchange.error,
            )
        )

    def flush(self) -> None:
        """Write what was gathered."""
        if self._open:
            self._sink.flush()

    def close(self, planned: int) -> None:
        """Write the summary, with how many requests were due, and close. Closing twice is harmless."""
        if not self._open:
            return
        self._open = False
        now = time.monotonic_ns()
        self._sink.add(
            summary_line(
                at=now,
                planned=planned,
                recorded=self._tally.recorded,
                scheduling_error_ms=self._tally.scheduling_error_ms(),
                elapsed_s=round((now - self._began) / 1e9, 3),
                cpu_s=round(time.process_time(), 3),
            )
        )
        self._sink.close()


def outcome_of(method: str, exchange: Exchange) -> Outcome:
    """By the rules of `harness.probes.outcomes`."""
    if exchange.status is None:
        return unanswered(was_sent=exchange.was_sent)
    return answered(exchange.status, writes=method in WRITES)
