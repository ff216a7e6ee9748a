"""A TCP connection from a bound source address, at once where the kernel already knows the outcome."""

import asyncio
import errno
import os
import socket

# The kernel picks the local port at connect(), by destination, so that a bound source cannot run out of ports.
IP_BIND_ADDRESS_NO_PORT = 24


async def reach(address: str, port: int, source: str | None, until: float) -> socket.socket:
    """A connected, non-blocking socket. Raises OSError, TimeoutError at the loop's time `until`."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            raw.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            raw.bind((source, 0))
        _check(raw.connect_ex((address, port)))
        if not _established(raw):
            async with asyncio.timeout_at(until):
                await _writable(raw)
            _check(raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    except BaseException:
        raw.close()
        raise
    return raw


def _check(error: int) -> None:
    if error not in (0, errno.EINPROGRESS):
        raise OSError(error, os.strerror(error))


def _established(raw: socket.socket) -> bool:
    """Whether the handshake is over already, as on loopback. Raises OSError where it failed."""
    _check(raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    try:
        raw.getpeername()
    except OSError:
        return False
    return True


async def _writable(raw: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(raw.fileno(), _settle, ready)
    try:
        await ready
    finally:
        loop.remove_writer(raw.fileno())


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
