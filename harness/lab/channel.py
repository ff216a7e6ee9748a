"""JSON lines both ways over a socket pair: how the daemon and its child processes talk."""

import asyncio
import itertools
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Handler = Callable[..., Awaitable[Any]]
LONGEST_LINE = 1 << 24


class ChannelError(Exception):
    """The other side answered with an error, or is gone."""


class Channel:
    """Calls and notices in both directions. Handlers are coroutine functions by operation name."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handlers: Mapping[str, Handler]
    ) -> None:
        self._reader, self._writer, self._handlers = reader, writer, handlers
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.closed = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def open(cls, sock: socket.socket, handlers: Mapping[str, Handler]) -> "Channel":
        """A channel over a connected stream socket; it must be opened in the loop that uses it."""
        reader, writer = await asyncio.open_connection(sock=sock, limit=LONGEST_LINE)
        return cls(reader, writer, handlers)

    def send(self, op: str, **arguments: Any) -> None:
        """Send a notice: nobody answers."""
        self._write({"op": op, "with": arguments})

    async def call(self, op: str, **arguments: Any) -> Any:
        """Call the other side and return what it answers; raises ChannelError."""
        if self.closed.done():
            raise ChannelError(f"{op}: the process is gone")
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"op": op, "with": arguments, "id": number})
        try:
            return await answer
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Close the socket; waiting calls fail."""
        self.closed.cancel()
        self._writer.close()

    def _write(self, message: Mapping[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(json.loads(line))
        except ConnectionError:
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ChannelError("the process is gone"))
            self._writer.close()

    def _take(self, message: Mapping[str, Any]) -> None:
        if "op" in message:
            task = asyncio.get_running_loop().create_task(self._handle(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif (waiting := self._waiting.get(message["re"])) and not waiting.done():
            if "error" in message:
                waiting.set_exception(ChannelError(message["error"]))
            else:
                waiting.set_result(message["result"])

    async def _handle(self, message: Mapping[str, Any]) -> None:
        try:
            answer = {"result": await self._handlers[message["op"]](**message["with"])}
        except Exception as error:
            answer = {"error": f"{message['op']}: {error!r}"}
        if "id" in message:
            self._write({"re": message["id"], **answer})
