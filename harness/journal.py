"""The append-only record of one run: one JSON line an event, on disk before the effect it announces."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from harness.clock import Clock
from harness.errors import StoreError
from harness.model.history import Event

FILE_NAME = "journal.jsonl"


class Journal:
    """Writes events. `record` returns only when the line is on disk (flushed and fsynced).

    With `best_effort` a line that cannot be written is kept in memory alone: a full disk must not keep a run from
    healing.
    """

    def __init__(self, path: Path, clock: Clock, on_event: Callable[[Event], None] = lambda _: None) -> None:
        self.path = path
        self.clock = clock
        self.best_effort = False
        self._on_event = on_event
        self._events = list(read_events(path)) if path.exists() else []
        _cut_torn_line(path)
        self._file: TextIO = path.open("a", encoding="utf-8")

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything recorded so far."""
        return tuple(self._events)

    def record(self, kind: str, at: float | None = None, **data: Any) -> Event:
        """Append one event; `at` (real seconds since the start) defaults to now."""
        moment = round(self.clock.at() if at is None else at, 6)
        event = Event(seq=len(self._events), at=moment, kind=kind, data=data)
        try:
            self._write(encode(event))
        except OSError:
            if not self.best_effort:
                raise
        self._events.append(event)
        with suppress(OSError):  # nobody listens any more (drill run | head); that must not keep a run from healing
            self._on_event(event)
        return event

    def _write(self, line: str) -> None:
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; the `closed` event is the run's own business."""
        self._file.close()


def _cut_torn_line(path: Path) -> None:
    """Take away what a writer that was killed left of its last line, so that the next line stands alone."""
    content = path.read_bytes() if path.exists() else b""
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def encode(event: Event) -> str:
    """One event as one line."""
    line = {"seq": event.seq, "at": event.at, "kind": event.kind, "data": event.data}
    return json.dumps(line, separators=(",", ":"), default=str) + "\n"


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a journal. A torn last line (the writer was killed) is left out.

    Raises StoreError that names file and line for anything else that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError as error:
        raise StoreError([f"{path}: {error.strerror}"]) from error
    whole = [line for line in lines if line.endswith("\n")]
    return tuple(_decode(path, number, line) for number, line in enumerate(whole, start=1))


def _decode(path: Path, number: int, line: str) -> Event:
    try:
        fields: Mapping[str, Any] = json.loads(line)
        return Event(seq=fields["seq"], at=fields["at"], kind=fields["kind"], data=fields["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError([f"{path}:{number}: not a journal line: {error}"]) from error
