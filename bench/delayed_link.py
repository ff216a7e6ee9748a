"""A link of any one-way delay, in a process that can die with its host: the lab's own doors and links.

`main` is run by the lab's nursery. Settings: doors, a list of [address, port, server, server port, delay in ms].
"""

import asyncio
import contextlib
import socket
from typing import Any

import uvloop

from harness.lab.channel import Channel
from harness.lab.network.door import Door
from harness.lab.network.link import End, Link
from harness.lab.network.schedule import Schedule


class DelayedLink:
    """Carries the connections of one door to its server, each byte after its delay."""

    def __init__(self, schedule: Schedule, server: tuple[str, int], delay_ns: int) -> None:
        self._schedule, self._server, self._delay_ns = schedule, server, delay_ns
        self._links: set[Link] = set()
        self._opening: set[asyncio.Task[Any]] = set()

    def accept(self, door: Door, sock: socket.socket, peer: tuple[str, int]) -> None:
        """Carry on a connection that a client has made."""
        _make_prompt(sock)
        link = Link(self._schedule, ("near", "far"), self._delay_ns, self._dial)
        link.client.sock, link.on_end = sock, self._links.discard
        self._links.add(link)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(lambda: link.client, sock))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _dial(self, end: End) -> None:
        sock = socket.socket()
        try:
            _make_prompt(sock)
            await asyncio.get_running_loop().sock_connect(sock, self._server)
        except OSError:
            sock.close()
            raise
        end.sock = sock
        await asyncio.get_running_loop().create_connection(lambda: end, sock=sock)


def _make_prompt(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve until the other end of the socket is closed."""
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_serve(sock, settings["doors"]))


async def _serve(sock: socket.socket, doors: list[tuple[str, int, str, int, float]]) -> None:
    schedule, opened = Schedule(asyncio.get_running_loop()), []
    for address, port, server, server_port, delay_ms in doors:
        link = DelayedLink(schedule, (server, server_port), round(delay_ms * 1e6))
        opened.append(Door(address, port, None, link.accept))

    async def listening() -> int:
        return len(opened)

    await (await Channel.open(sock, {"listening": listening})).closed
