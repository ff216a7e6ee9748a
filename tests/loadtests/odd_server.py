"""A server on loopback that answers each path in a way of its own: chunked, packed, late, closing ..."""

import asyncio
import gzip
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s"
BODY = b'{"cart":["sku-1"]}'


def answer(body: bytes = BODY, *headers: str) -> bytes:
    return PLAIN % (len(body), b"".join(f"{header}\r\n".encode() for header in headers), body)


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n%s\r\na;x=y\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (
    BODY[:8],
    BODY[8:],
)
# What is sent for a path, in pieces; what the server does after it.
PIECES: dict[str, list[bytes]] = {
    "/plain": [answer()],
    "/pieces": [bytes([byte]) for byte in answer()],
    "/chunked": [CHUNKED],
    "/chunked-pieces": [bytes([byte]) for byte in CHUNKED],
    "/gzip": [answer(gzip.compress(BODY), "Content-Encoding: gzip")],
    "/deflate": [answer(zlib.compress(BODY), "Content-Encoding: deflate")],
    "/bare-deflate": [answer(bare_deflate(BODY), "Content-Encoding: deflate")],
    "/broken-gzip": [answer(b"no gzip", "Content-Encoding: gzip")],
    "/redirect": [answer(b"", "Location: /plain").replace(b"200 OK", b"302 Found")],
    "/continue": [b"HTTP/1.1 100 Continue\r\n\r\n", answer()],
    "/no-content": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "/close": [answer(BODY, "Connection: close")],
    "/old": [b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)],
    "/until-the-end": [b"HTTP/1.1 200 OK\r\n\r\n" + BODY],
    "/silent-close": [answer()],
    "/cut": [answer()[:-3]],
    "/nonsense": [b"SSH-2.0-x\r\n\r\n"],
    "/more": [answer() + b"HTTP/1.1 500 Nobody asked\r\nContent-Length: 0\r\n\r\n"],
    "/large": [answer(b"[" + b"1," * 300_000 + b"1]")],
    "/never": [],
}
CLOSING = ("/close", "/old", "/until-the-end", "/silent-close", "/cut")


class OddServer:
    def __init__(self) -> None:
        self.heads: list[str] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                path = head.split(" ")[1]
                for piece in PIECES[path]:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if path in CLOSING:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def odd_server(host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[OddServer]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    odd = OddServer()

    def run(work: Callable[[], object]) -> None:
        asyncio.run_coroutine_threadsafe(work(), loop).result(5)  # type: ignore[arg-type]

    async def start() -> None:
        server = await asyncio.start_server(odd.serve, host, 0, ssl=context)
        odd.port = server.sockets[0].getsockname()[1]
        odd.server = server  # type: ignore[attr-defined]

    async def stop() -> None:
        odd.server.close()  # type: ignore[attr-defined]
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for _ in range(4):
            await asyncio.sleep(0.01)

    run(start)
    try:
        yield odd
    finally:
        run(stop)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
