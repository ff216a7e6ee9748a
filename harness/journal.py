"""The append-only record of one run: one JSON line an event, on disk before the effect it announces.

Each line carries a link of a chain (`harness.chain`): a line that was changed or left out later shows.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from harness.chain import chained, read_chain, whole_lines
from harness.clock import Clock
from harness.errors import StoreError
from harness.model.history import Event

FILE_NAME = "journal.jsonl"


class Journal:
    """Writes events. `record` returns only when the line is on disk (flushed and fsynced).

    A journal that exists is gone on with. What its dead writer left of a last line is taken off and kept as the text of
    a `torn` event: a new line would glue onto it, and both would be lost. With `best_effort` a line that cannot be
    written is no error: a full disk must not keep a run from healing.
    """

    def __init__(self, path: Path, clock: Clock, on_event: Callable[[Event], None] = lambda _: None) -> None:
        self.path = path
        self.clock = clock
        self.best_effort = False
        self._on_event = on_event
        whole, torn = whole_lines(_content(path)) if path.exists() else (b"", b"")
        self._events = list(_decoded(path, whole))
        self._chain = read_chain(whole).value
        self._file: TextIO = path.open("a", encoding="utf-8")
        if torn:
            self._file.truncate(len(whole))
            self.record("torn", text=torn.decode("utf-8", "replace"))

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything recorded so far."""
        return tuple(self._events)

    def record(self, kind: str, at: float | None = None, **data: Any) -> Event:
        """Append one event; `at` (real seconds since the start) defaults to now."""
        moment = round(self.clock.at() if at is None else at, 6)
        event = Event(seq=len(self._events), at=moment, kind=kind, data=data)
        line, self._chain = chained(self._chain, encode(event))
        try:
            self._write(line + "\n")
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


def encode(event: Event) -> str:
    """One event as JSON, without its link."""
    line = {"seq": event.seq, "at": event.at, "kind": event.kind, "data": event.data}
    return json.dumps(line, separators=(",", ":"), default=str)


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a journal, chained or not. A torn last line (the writer was killed) is left out.

    Raises StoreError that names file and line for anything else that cannot be read.
    """
    return _decoded(path, whole_lines(_content(path))[0])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError([f"{path}: {error.strerror}"]) from error


def _decoded(path: Path, whole: bytes) -> tuple[Event, ...]:
    lines = whole.split(b"\n")[:-1]
    return tuple(_decode(path, number, line) for number, line in enumerate(lines, start=1))


def _decode(path: Path, number: int, line: bytes) -> Event:
    try:
        fields: Mapping[str, Any] = json.loads(line.decode("utf-8"))
        return Event(seq=fields["seq"], at=fields["at"], kind=fields["kind"], data=dict(fields["data"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError([f"{path}:{number}: not a journal line: {error}"]) from error
