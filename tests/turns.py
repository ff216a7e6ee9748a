"""Turns of the workers of a test run: what is timed has the machine to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Two files that stand already; their locks end with the process that holds them.

    Everybody passes the gate, so that who wants to be alone need not wait until by chance nobody else is there.
    """

    gate: Path
    machine: Path

    @contextmanager
    def take(self, *, alone: bool) -> Iterator[None]:
        """Be beside others, or alone: what others have begun ends before, and nobody begins until the end."""
        with self.machine.open() as machine:
            with _locked(self.gate):
                fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            try:
                yield
            finally:
                fcntl.flock(machine, fcntl.LOCK_UN)  # a forked process may have the file open


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
