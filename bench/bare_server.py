"""A server that can be killed, frozen and cut off: answers at once, and prints when it began to listen (ns).

SIGUSR1 has the kernel drop all packets to it, SIGUSR2 lets them through again; it prints when (needs CAP_NET_ADMIN).
"""

import asyncio
import contextlib
import signal
import sys
import time
from asyncio.trsock import TransportSocket
from typing import cast

import uvloop

from harness.lab.network.packets import attach, detach, drop_everything

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Served-By: us-east-1/us-east-1a/i-1\r\n\r\n[]"
BACKLOG = 1024


class Answering(asyncio.Protocol):
    """Answers whatever was asked as soon as its head is there."""

    def __init__(self, taken: set[TransportSocket]) -> None:
        self._taken = taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport = cast(asyncio.Transport, transport)
        self.socket = transport.get_extra_info("socket")
        self._taken.add(self.socket)
        self.head = b""

    def data_received(self, data: bytes) -> None:
        """Answer each head; none of the requests has a body."""
        self.head += data
        while b"\r\n\r\n" in self.head:
            _, self.head = self.head.split(b"\r\n\r\n", 1)
            self.transport.write(ANSWER)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._taken.discard(self.socket)


class Cable:
    """What can be pulled: the listening socket and all that were taken from it."""

    def __init__(self) -> None:
        self.listening: tuple[TransportSocket, ...] = ()
        self.taken: set[TransportSocket] = set()

    def pull(self) -> None:
        """Drop every packet that comes in, and print since when."""
        at = time.monotonic_ns()
        for sock in (*self.listening, *self.taken):
            attach(sock, drop_everything())  # type: ignore[arg-type]
        print(at, flush=True)

    def plug_in(self) -> None:
        """Drop nothing, and print since when new connections come in."""
        for sock in self.listening:
            detach(sock)  # type: ignore[arg-type]
        at = time.monotonic_ns()
        for sock in self.taken:
            with contextlib.suppress(OSError):
                detach(sock)  # type: ignore[arg-type]
        print(at, flush=True)


async def serve(host: str, port: int) -> None:
    """Listen until killed."""
    loop, cable = asyncio.get_running_loop(), Cable()
    loop.add_signal_handler(signal.SIGUSR1, cable.pull)
    loop.add_signal_handler(signal.SIGUSR2, cable.plug_in)
    server = await loop.create_server(lambda: Answering(cable.taken), host, port, backlog=BACKLOG, reuse_address=True)
    cable.listening = tuple(server.sockets)
    print(time.monotonic_ns(), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
