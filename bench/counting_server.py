"""The trivial backend of the generator's bench: answers every head at once, and counts in a file that is mapped."""

import asyncio
import mmap
import struct
import sys
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Served-By: us-east-1/us-east-1a/i-1\r\n\r\n[]"
COUNT = struct.Struct("q")


class Counting(asyncio.Protocol):
    """Answers each head; none of the requests has a body."""

    def __init__(self, counted: mmap.mmap) -> None:
        self._counted = counted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport = cast(asyncio.Transport, transport)
        self.head = b""

    def data_received(self, data: bytes) -> None:
        """Answer whole heads."""
        self.head += data
        heads = self.head.count(b"\r\n\r\n")
        if heads:
            self.head = self.head[self.head.rfind(b"\r\n\r\n") + 4 :]
            COUNT.pack_into(self._counted, 0, COUNT.unpack_from(self._counted)[0] + heads)
            self.transport.write(ANSWER * heads)


async def serve(host: str, port: int, path: str) -> None:
    """Listen until killed."""
    with open(path, "r+b") as file:
        counted = mmap.mmap(file.fileno(), COUNT.size)
    server = await asyncio.get_running_loop().create_server(lambda: Counting(counted), host, port, backlog=1024)
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
