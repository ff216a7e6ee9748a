"""Starting, killing and missing the processes of a lab, from the daemon's side."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.lab.channel import Channel, Handler
from harness.lab.nursery import FAREWELL, LARGEST_MESSAGE


class ProcessError(Exception):
    """A process did not start, or failed."""


@dataclass(slots=True)
class Process:
    """A process of the lab. `ended` resolves to its exit code, negative for a signal."""

    name: str
    number: int
    started: "asyncio.Future[int]"
    ended: "asyncio.Future[int]"
    channel: Channel | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self.ended.done()

    @property
    def pid(self) -> int:
        """Its process id; it must have been started."""
        return self.started.result()


@dataclass(slots=True)
class Nursery:
    """The daemon's handle of the guardian and the zygote (see `nursery`). `data` directories go when it ends, however
    that is; `directories` go only when the daemon dies without a farewell. Logs of all processes go to `logs`."""

    logs: Path
    data: Sequence[Path]
    directories: Sequence[Path]
    _processes: dict[int, Process] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)
    _control: socket.socket | None = None
    _lifeline: int = -1
    _guardian: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start guardian and zygote; returns before they are up."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        read, self._lifeline = os.pipe()
        settings = json.dumps(
            {"logs": str(self.logs), "data": [*map(str, self.data)], "directories": [*map(str, self.directories)]}
        )
        with (self.logs / "nursery.log").open("ab") as log:
            self._guardian = subprocess.Popen(
                [sys.executable, "-m", "harness.lab.nursery", str(read), str(theirs.fileno()), settings],
                pass_fds=(read, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
                cwd="/",
            )
        os.close(read)
        theirs.close()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)

    def preload(self, *modules: str) -> None:
        """Have the zygote import modules before what is asked of it next."""
        self._order({"op": "import", "modules": modules})

    async def fork(
        self, name: str, entry: str, settings: Mapping[str, Any], handlers: Mapping[str, Handler]
    ) -> Process:
        """A child of the zygote that runs `entry` ("module:function") with a socket and its settings."""
        ours, theirs = socket.socketpair()
        order = {"op": "fork", "name": name, "entry": entry, "settings": settings, "death_signal": signal.SIGKILL}
        process = self._new(name, order, theirs)
        theirs.close()
        process.channel = await Channel.open(ours, handlers)
        return process

    def execute(
        self,
        name: str,
        argv: Sequence[str],
        *,
        directory: Path,
        user: int | None = None,
        death_signal: int = signal.SIGKILL,
    ) -> Process:
        """A child of the zygote that runs a program; the signal is what it gets when the lab dies."""
        order = {"op": "fork", "name": name, "argv": [*argv], "directory": str(directory), "user": user}
        return self._new(name, {**order, "environment": _plain(), "death_signal": death_signal})

    async def run(self, name: str, argv: Sequence[str], *, directory: Path, user: int | None = None) -> None:
        """Run a program to its end; raises ProcessError with its log when it fails."""
        process = self.execute(name, argv, directory=directory, user=user)
        try:
            status = await asyncio.shield(process.ended)
        except asyncio.CancelledError:
            self.kill(process)
            raise
        if status:
            log = (self.logs / f"{name}.log").read_text(errors="replace")[-2000:]
            raise ProcessError(f"{name} ended with {status}: {log}")

    def kill(self, process: Process, signal_number: int = signal.SIGKILL) -> None:
        """Send a signal to a process, unless it has ended."""
        if process.running:
            self._order({"op": "kill", "number": process.number, "signal": int(signal_number)})

    async def stop(self) -> None:
        """End every process and remove the data directories."""
        if self._guardian is None:
            return
        asyncio.get_running_loop().remove_reader(self._control)  # type: ignore[arg-type]
        with contextlib.suppress(BrokenPipeError):
            os.write(self._lifeline, FAREWELL)
        await asyncio.get_running_loop().run_in_executor(None, self._guardian.wait)
        os.close(self._lifeline)
        self._lost()
        self._guardian = None

    def _new(self, name: str, order: Mapping[str, Any], descriptor: socket.socket | None = None) -> Process:
        loop = asyncio.get_running_loop()
        process = Process(name, next(self._numbers), loop.create_future(), loop.create_future())
        self._processes[process.number] = process
        self._order({**order, "number": process.number}, descriptor)
        return process

    def _order(self, order: Mapping[str, Any], descriptor: socket.socket | None = None) -> None:
        message = json.dumps(order).encode()
        if self._control is None or len(message) > LARGEST_MESSAGE:
            raise ProcessError(f"{order['op']}: the nursery is gone")
        try:
            socket.send_fds(self._control, [message], [descriptor.fileno()] if descriptor else [])
        except OSError as error:
            raise ProcessError(f"{order['op']}: the nursery is gone: {error}") from error

    def _hear(self) -> None:
        assert self._control is not None
        with contextlib.suppress(BlockingIOError):
            while message := self._control.recv(LARGEST_MESSAGE):
                self._take(json.loads(message))
            self._lost()

    def _take(self, message: Mapping[str, int]) -> None:
        if "started" in message:
            self._processes[message["started"]].started.set_result(message["pid"])
        else:
            self._processes.pop(message["ended"]).ended.set_result(message["status"])

    def _lost(self) -> None:
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self._control = None
        for process in self._processes.values():
            if not process.started.done():
                process.started.cancel()
            process.ended.set_result(-signal.SIGKILL)
            if process.channel:
                process.channel.close()
        self._processes.clear()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def _plain() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
