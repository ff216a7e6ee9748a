"""A Locust worker: sends the part of the load that its master gives it, as long as the master is there."""

import socket
import time
from typing import Any

import gevent
from locust.exception import RPCError

from harness.probes.sink import Sink
from loadtests import messages
from loadtests.engine import Engine
from loadtests.recorder import Recorder

NOTHING = ((1 << 40) - 1, 1 << 40)  # request 2^40 is never due


class Channel:
    """Lines for a file that the master keeps."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Keep whole lines for the next flush."""
        self._lines.append(line)

    def flush(self) -> None:
        """Send what was gathered."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            self._runner.send_message(messages.RECORDS, {"lines": "".join(lines)})
        except RPCError:  # the master does not read for now
            self._lines = lines + self._lines

    def close(self) -> None:
        """Flush; the master closes the file."""
        self.flush()


class Worker:
    """Answers the master and does what it says. A `remote` one keeps no file: it sends its records."""

    def __init__(self, engine: Engine, runner: Any, *, remote: bool) -> None:
        self._engine, self._runner, self._remote = engine, runner, remote
        self._began = False
        self._since = 0

    def attach(self) -> None:
        """Listen to the master, and tell it that this worker is there."""
        self._engine.attach()
        for kind, listener in ((messages.PING, self._ping), (messages.GO, self._go), (messages.STOP, self._stop)):
            self._runner.register_message(kind, listener)
        gevent.spawn_later(0, self._hello)

    def _hello(self) -> None:
        self._runner.send_message(messages.HELLO, {"host": socket.gethostname(), "remote": self._remote})

    def _ping(self, msg: Any, **_: Any) -> None:
        """The load may go on for as long as a lease; the answer says what time it is here."""
        now = time.monotonic_ns()
        each = self._engine.dispatchers.values()
        for dispatcher in each:
            dispatcher.renew(now + round(messages.LEASE * 1e9))
        figures = {"waiting": self._engine.waiting, "relieved": any(dispatcher.relieved for dispatcher in each)}
        self._runner.send_message(messages.PONG, {"sent": msg.data["sent"], "answered": now, **figures})

    def _go(self, msg: Any, **_: Any) -> None:
        """Start, take another part, or begin the profile, whichever was not done yet."""
        told = msg.data
        if self._engine.recorder is None:
            sink = Channel(self._runner) if self._remote else Sink(self._engine.settings.records_of(told["number"]))
            self._engine.record(Recorder(sink, told["offset"]))
            self._engine.settle()
            self._share(told)
            for dispatcher in self._engine.dispatchers.values():
                dispatcher.start(told["start"])
        elif told["since"] != self._since:  # the same part again would be sent again
            self._share(told)
        if told["begin"] is not None and not self._began:
            self._began = True
            self._engine.begin(told["begin"])

    def _share(self, told: dict[str, Any]) -> None:
        """A population of which it has no part is left to the others."""
        self._since = told["since"]
        for name, dispatcher in self._engine.dispatchers.items():
            dispatcher.assign(*told["parts"].get(name, NOTHING), told["since"])

    def _stop(self, msg: Any, **_: Any) -> None:
        gevent.spawn(self._end, msg.data["at"])

    def _end(self, at: int) -> None:
        self._engine.stop(at)
        self._engine.close()
        self._runner.send_message(messages.DONE, {})
