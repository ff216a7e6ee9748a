"""A small pool of database connections that never waits for a dead server: what fails is dropped, not returned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from harness.lab.addresses import DATABASE_PORT
from harness.lab.postgres.schema import DATABASE, USER

_RETRY_S = 0.05
_MOST_OPENING = 4


class _Dropped(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is closed when a use of it is given up.

    asyncpg would dial the server once more to cancel what runs there. When a machine stalls, all uses are given up at
    once, and these dials, on top of those that replace the connections, kept it from coming back.
    """

    def _cancel_current_command(self, waiter: "asyncio.Future[None]") -> None:
        if not waiter.done():
            waiter.set_result(None)


class NoConnection(Exception):
    """No connection within the time allowed: nothing was sent."""


DATABASE_ERRORS = (OSError, TimeoutError, NoConnection, asyncpg.PostgresError, asyncpg.InterfaceError)


class Connections:
    """Connections to one server, at most `most`, one of them opened ahead. Limits are real seconds.

    With `primary` a server in recovery is no server. `statement` is made ready on each connection, so that its first
    use costs one round trip.
    """

    def __init__(
        self, address: str, *, most: int, connect_s: float, primary: bool = False, statement: str | None = None
    ) -> None:
        self.address = address
        self._most, self._connect_s, self._statement = most, connect_s, statement
        self._attributes = "primary" if primary else "any"
        self._free: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
        self._prepared: dict[Any, Any] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._closed = False
        self._open()

    @asynccontextmanager
    async def take(self, within_s: float) -> AsyncIterator[tuple[Any, Any]]:
        """A connection and its prepared statement for one use; raises NoConnection. A failed use closes it."""
        try:
            async with asyncio.timeout(within_s):
                connection = await self._next()
        except TimeoutError:
            raise NoConnection(f"no connection to {self.address} within {within_s} s") from None
        try:
            yield connection, self._prepared[connection]
        except BaseException:
            self._drop(connection)
            raise
        self._keep(connection)

    def close(self) -> None:
        """Close everything at once; uses under way fail."""
        self._closed = True
        for task in self._opening:
            task.cancel()
        for connection in list(self._prepared):
            self._drop(connection)

    async def _next(self) -> Any:
        while True:
            if self._free.empty():
                self._open()
            connection = await self._free.get()
            if not connection.is_closed():
                return connection
            self._drop(connection)

    def _keep(self, connection: Any) -> None:
        if self._closed or connection.is_closed():
            self._drop(connection)
        else:
            self._free.put_nowait(connection)

    def _open(self) -> None:
        opening = len(self._opening)
        if not self._closed and opening < _MOST_OPENING and opening + len(self._prepared) < self._most:
            task = asyncio.get_running_loop().create_task(self._connect_until_it_works())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect_until_it_works(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._connect_s):
                    return await self._connect()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_RETRY_S)

    async def _connect(self) -> None:
        connection = await asyncpg.connect(
            host=self.address,
            port=DATABASE_PORT,
            user=USER,
            database=DATABASE,
            ssl=False,
            connection_class=_Dropped,
            target_session_attrs=self._attributes,
        )
        try:
            self._prepared[connection] = await connection.prepare(self._statement) if self._statement else None
        except BaseException:
            self._drop(connection)
            raise
        self._keep(connection)

    def _drop(self, connection: Any) -> None:
        self._prepared.pop(connection, None)
        connection.terminate()
