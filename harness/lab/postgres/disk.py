"""The disk of a server, for those who want it to stall or to be slow.

PostgreSQL writes its log under one lock. A session that is stopped while it holds that lock (in the delay before a
flush, which it is given for the purpose) holds up every write: commits hang, what is in memory can be read. A replica
writes its log in one process, which is stopped. The delay itself, given to all, makes every flush slow.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

from harness.lab.postgres.server import Server
from harness.lab.states import DataPlaneError

MOST_DELAY_MS = 100.0  # what PostgreSQL allows

_HOLD_S, _LOOK_S, _POLL_S = 10.0, 0.5, 0.003
_INTO_THE_DELAY_S = 0.02  # real seconds after a write began, of the 0.1 s that it waits with the lock in its hands
_WRITE = "select pg_logical_emit_message(true, 'lab', 'disk')"
_DELAYED = "set commit_delay = 100000; set commit_siblings = 0; set synchronous_commit = local"
_WAITS_FOR = "select wait_event from pg_stat_activity where pid = $1"
_RECEIVER = "select pid from pg_stat_wal_receiver where status = 'streaming'"
_NO_DELAY: dict[str, str | None] = {"fsync": None, "commit_delay": None, "commit_siblings": None}


@dataclass(slots=True)
class Disk:
    """The disk of one server while something is wrong with it."""

    server: Server
    _slow: bool = False
    _sessions: list[Any] = field(default_factory=list)
    _writes: list[asyncio.Task[Any]] = field(default_factory=list)

    async def pause(self) -> None:
        """Let nothing be written, until `mend`. In force on return."""
        if self.server.source is None:
            await self._hold_log()
            return
        await self._hold_receiver()

    async def _hold_receiver(self) -> None:
        """Stop the process that receives the log; one that just ended, as after a reboot of its source, is replaced."""
        end = time.monotonic() + _HOLD_S
        while not await self._try_to_hold_receiver():
            self.server.thaw()
            if time.monotonic() > end:
                raise DataPlaneError(f"{self.server.identifier} does not stream")
            await asyncio.sleep(_POLL_S)

    async def _try_to_hold_receiver(self) -> bool:
        streaming = await self.server.ask(_RECEIVER)
        if not streaming:
            return False
        with contextlib.suppress(ProcessLookupError):
            self.server.freeze(streaming[0]["pid"])
        return bool(await self.server.ask(_RECEIVER) == streaming)

    async def mend(self) -> None:
        """Take back what was done; what waited is written."""
        await self._resume()
        if self._slow and self.server.running:
            await self.server.set(**_NO_DELAY)

    async def _resume(self) -> None:
        self.server.thaw()
        await asyncio.gather(*self._writes, return_exceptions=True)
        for session in self._sessions:
            session.terminate()
        self._writes.clear()
        self._sessions.clear()

    async def slow(self, milliseconds: float) -> None:
        """Have every flush of the log wait so long. The delay works only where PostgreSQL syncs; here that is free."""
        if self.server.source is not None:
            raise DataPlaneError(f"{self.server.identifier} is a replica: it has no commits to slow down")
        self._slow = True
        await self.server.set(fsync="on", commit_delay=str(round(milliseconds * 1000)), commit_siblings="0")

    async def _hold_log(self) -> None:
        await self.server.set(fsync="on")
        try:
            end = time.monotonic() + _HOLD_S
            while not await self._try_to_hold():
                await self._resume()
                if time.monotonic() > end:
                    raise DataPlaneError(f"the disk of {self.server.identifier} could not be paused")
        except BaseException:
            await self._resume()
            raise
        finally:
            await self.server.set(fsync=None)

    async def _try_to_hold(self) -> bool:
        """Stop a session in its delay; then see whether another one waits for the lock that it should hold."""
        holder, other = [await self._session(), await self._session()]
        await holder.execute(_DELAYED)
        began = time.monotonic()
        self._writes.append(asyncio.create_task(holder.fetchval(_WRITE)))
        await asyncio.sleep(_INTO_THE_DELAY_S - (time.monotonic() - began))
        self.server.freeze(holder.get_server_pid())
        write = asyncio.create_task(other.fetchval(_WRITE))
        self._writes.append(write)
        looks, end = 0, time.monotonic() + _LOOK_S
        while looks < 3 and not write.done() and time.monotonic() < end:
            waits = await self.server.ask(_WAITS_FOR, other.get_server_pid())
            looks = looks + 1 if waits and waits[0]["wait_event"] == "WALWrite" else 0
            await asyncio.sleep(_POLL_S)
        return looks >= 3

    async def _session(self) -> Any:
        session = await self.server.connect()
        self._sessions.append(session)
        return session
