"""Ctrl-C, SIGTERM and a closed terminal end a drill in order: the run raises Aborted at its next safe point."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.errors import Aborted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The signal that arrived, if any. Once healing has begun, `check` is not called and signals only get noted."""

    def __init__(self) -> None:
        self.received: str | None = None

    def note(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        self.received = signal.Signals(number).name

    def check(self) -> None:
        """Raise Aborted when a signal has arrived."""
        if self.received:
            raise Aborted(f"{self.received} received")


@contextmanager
def noting() -> Iterator[Interrupts]:
    """Note SIGINT, SIGTERM and SIGHUP while inside; the handlers of before come back afterwards. Main thread only."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts.note) for number in _SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
