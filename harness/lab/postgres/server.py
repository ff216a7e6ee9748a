"""One PostgreSQL server: its data directory, its process, and questions to it by its hidden port."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.lab.addresses import DATABASE_PORT, HIDDEN
from harness.lab.postgres.installation import Installation
from harness.lab.postgres.schema import DATABASE, USER
from harness.lab.postgres.settings import configuration
from harness.lab.processes import Nursery, Process
from harness.lab.states import DataPlaneError

_START_S, _FAST_S, _ANSWER_S = 15.0, 0.5, 5.0
_POLL_S = 0.003


@dataclass(slots=True)
class Server:
    """A server of the lab. `source_address` is where it dials what it follows, none for a primary.

    `zone` is where the server of a pair is; `application_name` is how it introduces itself to its source.
    """

    identifier: str
    region: str
    address: str
    data: Path
    source: str | None
    source_address: str | None
    nursery: Nursery
    installation: Installation
    zone: str | None = None
    application_name: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    _frozen: list[int] = field(default_factory=list)  # descriptors of processes
    _connection: Any = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.running

    def configure(self) -> None:
        """Write its configuration into the data directory."""
        self._write_settings()
        (self.data / "postgresql.auto.conf").write_text("")
        if self.source_address:
            (self.data / "standby.signal").touch()

    def follow(self, source: str, source_address: str) -> None:
        """Have a running replica follow another source."""
        self.source, self.source_address = source, source_address
        self._write_settings()
        self._reload()

    async def set(self, **settings: str | None) -> None:
        """Change settings of a running server; none gives a setting its usual value. In force on return."""
        for name, value in settings.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        before = await self._loaded()
        self._write_settings()
        self._reload()
        end = time.monotonic() + _ANSWER_S
        while await self._loaded() == before:
            if time.monotonic() > end:
                raise DataPlaneError(f"{self.identifier} does not take its settings: {self._log()}")
            await asyncio.sleep(_POLL_S)

    async def _loaded(self) -> Any:
        return (await self.ask("select pg_conf_load_time()"))[0][0]

    def _reload(self) -> None:
        assert self.process is not None
        self.nursery.kill(self.process, signal.SIGHUP)

    def _write_settings(self) -> None:
        name = self.application_name or self.identifier
        text = configuration(self.address, self.source_address, name, self.settings)
        beside = self.data / "postgresql.conf.new"
        beside.write_text(text)
        beside.replace(self.data / "postgresql.conf")

    async def start(self) -> None:
        """Start the process; returns when it takes connections."""
        argv = [self.installation.program("postgres"), "-D", str(self.data)]
        self.process = self.nursery.execute(
            self.identifier, argv, directory=self.data, user=self.installation.user, death_signal=signal.SIGQUIT
        )
        await self.wait(self._takes_connections, "did not start", _START_S)

    def freeze(self, pid: int) -> None:
        """Stop one of its processes until `thaw`, or until the server is to end."""
        descriptor = os.pidfd_open(pid)
        self._frozen.append(descriptor)
        signal.pidfd_send_signal(descriptor, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the frozen processes go on."""
        for descriptor in self._frozen:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGCONT)
            os.close(descriptor)
        self._frozen.clear()

    async def stop(self) -> None:
        """End the process: in order if that is quick, else at once."""
        await self.forget_connection()
        self.thaw()
        if self.process is None:
            return
        self.nursery.kill(self.process, signal.SIGINT)
        try:
            await asyncio.wait_for(asyncio.shield(self.process.ended), _FAST_S)
        except TimeoutError:
            self.nursery.kill(self.process, signal.SIGQUIT)
            await self.process.ended

    async def crash(self) -> None:
        """End the process at once, as a power cut would."""
        await self.forget_connection()
        self.thaw()
        if self.process is not None:
            self.nursery.kill(self.process, signal.SIGQUIT)
            await self.process.ended

    async def remove(self) -> None:
        """End the process at once and remove the data."""
        await self.crash()
        shutil.rmtree(self.data, ignore_errors=True)

    def promote(self) -> None:
        """Have a replica become a primary."""
        assert self.process is not None
        (self.data / "promote").touch()
        self.nursery.kill(self.process, signal.SIGUSR1)

    async def ask(self, question: str, *arguments: Any) -> list[Any]:
        """The rows that answer a query, asked directly, not over the network of the lab."""
        async with self._lock:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    connection = await self._connected()
                    return list(await connection.fetch(question, *arguments))
            except Exception as error:
                self._drop()
                raise DataPlaneError(f"{self.identifier} does not answer: {error!r}") from error

    async def connect(self) -> Any:
        """A session of one's own, not over the network of the lab. Raises what asyncpg raises."""
        import asyncpg  # 82 ms, while the zygote is at its own imports

        return await asyncpg.connect(
            host=self.address, port=DATABASE_PORT + HIDDEN, user=USER, database=DATABASE, ssl=False
        )

    async def wait(self, condition: Callable[[], bool], otherwise: str, deadline_s: float) -> None:
        """Poll a condition while the process lives; raises with the end of the server's log."""
        end = time.monotonic() + deadline_s
        while not condition():
            if not self.running or time.monotonic() > end:
                raise DataPlaneError(f"{self.identifier} {otherwise}: {self._log()}")
            await asyncio.sleep(_POLL_S)

    async def forget_connection(self) -> None:
        """Close the connection of questions."""
        async with self._lock:
            self._drop()

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _takes_connections(self) -> bool:
        # Lines of postmaster.pid: the first is the pid, the eighth the status.
        process = self.process
        if process is None or not process.started.done():
            return False
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() in {"ready", "standby"}

    def _log(self) -> str:
        path = self.nursery.logs / f"{self.identifier}.log"
        return path.read_text(errors="replace")[-1500:] if path.exists() else "no log"
