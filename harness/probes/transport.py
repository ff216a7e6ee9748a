"""A transport for small requests over a connected socket, cheaper than the loop's own."""

import asyncio
import socket

MOST_AT_ONCE = 65536


class PlainTransport(asyncio.Transport):
    """Carries one protocol over one socket, which it owns.

    What is written must fit the send buffer of an idle connection, as a request does; otherwise the connection ends.
    """

    def __init__(self, raw: socket.socket, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._raw = raw
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(raw.fileno(), self._readable)
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send now."""
        if self.is_closing():
            return
        try:
            if self._raw.send(data) < len(data):
                self._end(BlockingIOError("the send buffer is full"))
        except OSError as error:
            self._end(error)

    def is_closing(self) -> bool:
        """Whether the connection is over."""
        return self._raw.fileno() < 0

    def abort(self) -> None:
        """Close from our side."""
        self._end(None)

    def _readable(self) -> None:
        try:
            data = self._raw.recv(MOST_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._protocol.data_received(data)
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if not self.is_closing():
            self._loop.remove_reader(self._raw.fileno())
            self._raw.close()
            self._protocol.connection_lost(error)
