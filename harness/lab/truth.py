"""What the lab really did and when. The harness never reads it; benchmarks and tests hold measurements against it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Truth:
    """An append-only file of JSON lines `{"at_ns": CLOCK_MONOTONIC, "kind": ..., ...}`, flushed line by line.

    The file is opened at the first write. Each process writes a file of its own (truth.jsonl, truth-<name>.jsonl).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Any = None

    def write(self, kind: str, **data: Any) -> None:
        """Append one event that happens now."""
        if self._file is None:
            self._file = self.path.open("a", buffering=1, encoding="utf-8")
        self._file.write(json.dumps({"at_ns": time.monotonic_ns(), "kind": kind, **data}) + "\n")

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


def events(directory: Path) -> Iterator[dict[str, Any]]:
    """Every whole event of every truth file in a lab directory, file by file: sort by `at_ns` for order in time."""
    for path in sorted(directory.glob("truth*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)
