"""Where a child process puts its records: lines gathered in memory, written whole, at most 50 ms later."""

import os
from pathlib import Path

FLUSH_EVERY = 0.05


class Sink:
    """Appends whole lines to one file. Somebody has to call `flush`; nothing here knows the time."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Keep a line, which ends with a newline, for the next flush."""
        self._lines.append(line)

    def flush(self) -> None:
        """Write what was gathered. Raises OSError when the disk is full."""
        lines, self._lines = self._lines, []
        data = memoryview("".join(lines).encode())
        while data:
            data = data[os.write(self._descriptor, data) :]

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        os.close(self._descriptor)
