"""A server that can be killed and frozen: answers every request at once, and prints when it began to listen (ns)."""

import asyncio
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Served-By: us-east-1/us-east-1a/i-1\r\n\r\n[]"
BACKLOG = 1024


class Answering(asyncio.Protocol):
    """Answers whatever was asked as soon as its head is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.head = b""

    def data_received(self, data: bytes) -> None:
        """Answer each head; none of the requests has a body."""
        self.head += data
        while b"\r\n\r\n" in self.head:
            _, self.head = self.head.split(b"\r\n\r\n", 1)
            self.transport.write(ANSWER)


async def serve(host: str, port: int) -> None:
    """Listen until killed."""
    server = await asyncio.get_running_loop().create_server(Answering, host, port, backlog=BACKLOG, reuse_address=True)
    print(time.monotonic_ns(), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
