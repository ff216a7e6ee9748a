"""The watched connection: its FIN or RST tells of a dead region at once, without waiting for a probe."""

import asyncio
import time
from collections.abc import Callable

from harness.probes.caller import Caller
from harness.probes.connection import Connection, NotSent, Unanswered
from harness.probes.http import request_bytes
from harness.probes.reads import PATH
from harness.probes.records import watch_line

REOPEN_EVERY = 0.1
USE_EVERY = 5.0


class Watcher:
    """Keeps one connection open as one population, and records when it opens and when the other side closes it.

    It counts as opened with its first answer, for a proxy may accept and only then find nobody behind it. A request now
    and then keeps it from idling out; one that gets no answer makes us drop the connection, which is no edge, for
    nobody closed it. It moves, with a new "opened", when the DNS answer changes. `on_closed` is called at a closing.
    """

    def __init__(
        self, caller: Caller, timeout: float, record: Callable[[str], None], on_closed: Callable[[], None]
    ) -> None:
        self._caller = caller
        self._timeout = timeout
        self._record = record
        self._on_closed = on_closed
        self._request = request_bytes(caller.url, "GET", PATH)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began = time.monotonic()
            try:
                connection = await self._caller.connect()
            except NotSent:
                pass
            else:
                await self._hold(connection)
            await asyncio.sleep(max(0.0, began + REOPEN_EVERY - time.monotonic()))

    async def _hold(self, connection: Connection) -> None:
        lost = asyncio.Event()
        connection.on_lost = lost.set
        opened = False
        try:
            while await self._answers(connection):
                if not opened:
                    self._edge("opened", connection, connection.finished_at)
                    opened = True
                    connection.on_lost = self._closing(lost)
                if await self._moved_or_lost(connection, lost):
                    break
        finally:
            if opened and connection.lost_at is not None:
                self._edge("closed", connection, connection.lost_at)
            connection.close()

    def _closing(self, lost: asyncio.Event) -> Callable[[], None]:
        def closed() -> None:
            lost.set()
            self._on_closed()

        return closed

    async def _answers(self, connection: Connection) -> bool:
        """Use the connection once; False when no answer came."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await connection.exchange(self._request)
        except (TimeoutError, Unanswered):
            return False
        self._caller.region_of(connection.address, response)
        return True

    async def _moved_or_lost(self, connection: Connection, lost: asyncio.Event) -> bool:
        """Wait until it is time to use the connection again; True when it is of no more use."""
        changed = self._caller.changed
        waits = [asyncio.create_task(lost.wait()), asyncio.create_task(changed.wait())]
        try:
            await asyncio.wait(waits, timeout=USE_EVERY, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        return lost.is_set() or connection.address not in self._caller.addresses

    def _edge(self, edge: str, connection: Connection, at: int) -> None:
        region = self._caller.region_of(connection.address)
        self._record(watch_line(population=self._caller.population, at=at, edge=edge, region=region))
