"""One HTTP connection of the prober, dialed from a bound source address; never a retry."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import cast

from harness.probes.http import ProtocolViolation, Response, Url
from harness.probes.reach import reach
from harness.probes.transport import PlainTransport


class NotSent(OSError):
    """No connection: not a byte of the request left. The message says why."""


class Unanswered(OSError):
    """The connection ended, or broke HTTP, before the answer was whole."""


class Connection(asyncio.Protocol):
    """Carries one request at a time.

    When the other side closes or resets, `lost_at` is set and `on_lost` called. `reusable` says whether the last answer
    left the connection fit for another request; `finished_at` is when it was whole.
    """

    def __init__(self, address: str, on_lost: Callable[[], None] | None = None) -> None:
        self.address = address
        self.closed = False
        self.lost_at: int | None = None
        self.finished_at = 0
        self.reusable = False
        self.on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._response = Response()
        self._answer: asyncio.Future[Response] | None = None

    async def exchange(self, request: bytes) -> Response:
        """Send a request and wait for its whole answer.

        Raises Unanswered. Bound the wait with a timeout of your own.
        """
        if self.closed or self._transport is None:
            raise Unanswered("closed")
        self.reusable = False
        self._response = Response()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close from our side."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.reusable = False
            return
        try:
            if self._response.feed(data):
                self._finish()
        except ProtocolViolation as error:
            self._answer.set_exception(Unanswered(str(error)))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed:
            self.closed = True
            self.lost_at = time.monotonic_ns()
        if self._answer is not None and not self._answer.done():
            if exc is None and self._response.end():
                self._finish()
            else:
                self._answer.set_exception(Unanswered("reset" if exc else "closed before the answer"))
        if self.lost_at is not None and self.on_lost is not None:
            self.on_lost()

    def _finish(self) -> None:
        assert self._answer is not None
        self.finished_at = time.monotonic_ns()
        self.reusable = self._response.reusable
        self._answer.set_result(self._response)


async def dial(url: Url, address: str, source: str | None, context: ssl.SSLContext | None, until: float) -> Connection:
    """Connect to one address of the URL's host. Raises OSError, TimeoutError at the loop's time `until`."""
    raw = await reach(address, url.port, source, until)
    connection = Connection(address)
    if context is None:
        PlainTransport(raw, connection)
    else:
        await _shake_hands(raw, connection, url.host, context, until)
    return connection


async def _shake_hands(
    raw: socket.socket, connection: Connection, host: str, context: ssl.SSLContext, until: float
) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(until):
            await loop.create_connection(lambda: connection, sock=raw, ssl=context, server_hostname=host)
    except BaseException:
        raw.close()
        raise
