"""A primary and its standby over a delayed link, made of the lab's parts, and a host that can die."""

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.ledger_writer import Clients, Place
from harness.lab import launcher
from harness.lab.addresses import DATABASE_PORT, HIDDEN, LAST_SLOT, Addresses
from harness.lab.channel import Channel
from harness.lab.postgres.installation import install
from harness.lab.postgres.server import Server
from harness.lab.processes import Nursery, Process

NEAR, FAR = "us-east-1", "eu-west-1"
SLOTS = range(200, LAST_SLOT + 1)
DEADLINE_S = 20.0
POLL_S = 0.002
SYNCHRONOUS = ("remote_write", "remote_apply")

_LAG = """
select coalesce(extract(epoch from replay_lag), 0)::float8 as replay_lag,
       (pg_current_wal_lsn() - replay_lsn)::float8 as bytes
from pg_stat_replication
"""
_AGE = "select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8"
_ATTACHED = "select 1 from pg_stat_replication where state = 'streaming' and ($1 = 'async' or sync_state = 'sync')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What monitoring would have said right before the kill; seconds and bytes."""

    replay_lag: float
    wal_bytes: float
    replay_age: float


@dataclass(slots=True)
class Pair:
    """The servers, the link between them, and the writers on it. `mode` is "async" or a synchronous_commit."""

    nursery: Nursery
    addresses: Addresses
    data: Path
    primary: Server
    standby: Server
    link: Process
    mode: str

    @property
    def near(self) -> Place:
        """Where clients reach the primary without delay."""
        return self.primary.address, DATABASE_PORT + HIDDEN

    @property
    def across(self) -> Place:
        """Where clients reach the primary over the link."""
        return self.addresses.database_dial("ap-southeast-1", NEAR), DATABASE_PORT

    @property
    def far(self) -> Place:
        """Where clients reach the standby, which takes writes once it was promoted."""
        return self.standby.address, DATABASE_PORT + HIDDEN

    async def said(self) -> Said:
        """What monitoring says now."""
        age = (await self.standby.ask(_AGE))[0][0]
        lag = (await self.primary.ask(_LAG))[0]
        return Said(replay_lag=lag["replay_lag"], wal_bytes=lag["bytes"], replay_age=age)

    def freeze_host(self) -> int:
        """Freeze the link and the primary with all its processes in one go; when that began, monotonic ns."""
        assert self.primary.process is not None
        doomed = (self.link.pid, *self._backends(), self.primary.process.pid)
        with _undisturbed():
            began = time.monotonic_ns()
            for pid in doomed:
                _signal(pid, signal.SIGSTOP)
        for late in set(self._backends()).difference(doomed):
            _signal(late, signal.SIGSTOP)
        return began

    def cut(self) -> int:
        """Freeze the link alone: what is on it stays on it; when that began, monotonic ns."""
        began = time.monotonic_ns()
        os.kill(self.link.pid, signal.SIGSTOP)
        return began

    def kill_host(self) -> None:
        """kill -9 to everything that was frozen, and to what was not."""
        assert self.primary.process is not None
        for pid in (self.link.pid, *self._backends(), self.primary.process.pid):
            _signal(pid, signal.SIGKILL)

    async def promote(self) -> None:
        """Have the standby take writes; returns when it does."""
        self.standby.promote()

        async def promoted() -> bool:
            return not (await self.standby.ask("select pg_is_in_recovery()"))[0][0]

        await until(promoted)

    async def rows(self) -> "Counter[str]":
        """Every id in the surviving database and how many rows it has, one row at a time."""
        return Counter(row["id"] for row in await self.standby.ask("select id from orders"))

    def _backends(self) -> list[int]:
        assert self.primary.process is not None
        pid = self.primary.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process of ours; a backend may have ended since it was listed."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody else have this processor meanwhile, where we may say so."""
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


async def until(condition: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Wait for a condition; TimeoutError when the deadline passes."""
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def replicated_pair(mode: str, delay_ms: float) -> AsyncIterator[Pair]:
    """A pair that streams, in memory where there is some; nothing of it is left afterwards."""
    async with AsyncExitStack() as stack:
        slot = stack.enter_context(_free_slot())
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory, prefix="drill-bench-")))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drill-bench-logs-")))
        data.chmod(0o711)
        nursery = Nursery(logs, [data], [logs])
        nursery.start()
        stack.push_async_callback(nursery.stop)
        pair = await _pair(nursery, Addresses(slot), data, mode, delay_ms)
        stack.push_async_callback(pair.standby.forget_connection)
        stack.push_async_callback(pair.primary.forget_connection)
        yield pair


@contextmanager
def _free_slot() -> Iterator[int]:
    """A slot that no lab of this user has."""
    for slot in SLOTS:
        with launcher.slot_lock(slot) as held:
            if held is not None:
                yield slot
                return
    raise RuntimeError("no free slot")


async def _pair(nursery: Nursery, addresses: Addresses, data: Path, mode: str, delay_ms: float) -> Pair:
    nursery.preload("uvloop", "bench.delayed_link", "bench.ledger_writer")
    near = (addresses.database(NEAR), DATABASE_PORT + HIDDEN)
    dials = [(addresses.database_dial(source, NEAR), DATABASE_PORT) for source in (FAR, "ap-southeast-1")]
    doors = [(*dial, *near, delay_ms) for dial in dials]
    link = await nursery.fork("link", "bench.delayed_link:main", {"doors": doors}, {})
    primary = _server(nursery, addresses, data, NEAR, None)
    standby = _server(nursery, addresses, data, FAR, NEAR)
    for server in (primary, standby):
        copy = ["/bin/cp", "-a", str(server.installation.template), str(server.data)]
        await nursery.run(f"copy-{server.identifier}", copy, directory=Path("/"))
        server.configure()
    (primary.data / "postgresql.auto.conf").write_text(_commits(mode, standby.identifier))
    assert link.channel is not None
    await link.channel.call("listening")
    await primary.start()
    await standby.start()
    pair = Pair(nursery, addresses, data, primary, standby, link, mode)

    async def attached() -> bool:
        return bool(await primary.ask(_ATTACHED, mode))

    await until(attached)
    return pair


def _server(nursery: Nursery, addresses: Addresses, data: Path, region: str, source: str | None) -> Server:
    return Server(
        identifier=f"bench-{region}",
        region=region,
        address=addresses.database(region),
        data=data / region,
        source=f"bench-{source}" if source else None,
        source_address=addresses.database_dial(region, source) if source else None,
        nursery=nursery,
        installation=install(),
    )


def _commits(mode: str, standby: str) -> str:
    if mode not in SYNCHRONOUS:
        return ""
    return f"synchronous_standby_names = '\"{standby}\"'\nsynchronous_commit = {mode}\n"


async def start_writer(pair: Pair, directory: Path, prefix: str, timeout: float, clients: Sequence[Clients]) -> Channel:
    """A writer for these clients, who wait to be told to begin."""
    wanted = [asdict(each) for each in clients]
    settings = {"directory": str(directory), "prefix": prefix, "timeout": timeout, "clients": wanted}
    writer = await pair.nursery.fork("writer", "bench.ledger_writer:main", settings, {})
    assert writer.channel is not None
    return writer.channel
