"""The network process: doors, links, cuts and rules, at the daemon's word."""

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Iterable
from typing import Any

import uvloop

from harness.lab.addresses import HIDDEN, one_way_ms, place_of
from harness.lab.channel import Channel, Handler
from harness.lab.network.cuts import Cuts
from harness.lab.network.dials import dropped
from harness.lab.network.door import Door
from harness.lab.network.link import End, Link
from harness.lab.network.packets import can_drop
from harness.lab.network.peers import established
from harness.lab.network.rule import Rule
from harness.lab.network.rules import Flow, Rules
from harness.lab.network.schedule import Schedule

_IP_BIND_ADDRESS_NO_PORT = 24


class Network:
    """All doors and links of a lab."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, may_drop: bool) -> None:
        self._loop = loop
        self._drops = may_drop and can_drop()
        self._schedule = Schedule(loop)
        self._doors: dict[tuple[str, int], Door] = {}
        self._links: set[Link] = set()
        self._opening: set[asyncio.Task[Any]] = set()
        self._cuts, self._rules = Cuts(), Rules()
        self._numbers = itertools.count()

    async def describe(self) -> str:
        """How cuts are made."""
        return "dropped packets" if self._drops else "stalled streams"

    async def count_links(self) -> int:
        """How many connections there are."""
        return len(self._links)

    async def open_doors(self, doors: Iterable[tuple[str, int, tuple[str, str] | None]]) -> None:
        """Listen at addresses and ports; the third is the alias of a door."""
        for address, port, alias in doors:
            if (address, port) not in self._doors:
                door = self._doors[address, port] = Door(address, port, alias, self._accept)
                self._obey(door)

    async def close_door(self, address: str, port: int) -> None:
        """Listen no more at an address; links stay."""
        if door := self._doors.pop((address, port), None):
            door.close()

    async def cut(self, name: str, places: Iterable[str]) -> tuple[int, int]:
        """Isolate places; returns between which moments every hop was cut, monotonic ns."""
        began = time.monotonic_ns()
        self._cuts.add(name, places)
        self._renew()
        return began, time.monotonic_ns()

    async def impair(self, name: str, rules: Iterable[dict[str, Any]]) -> tuple[int, int]:
        """Put rules in force; returns between which moments they came to hold everywhere, monotonic ns."""
        began = time.monotonic_ns()
        self._rules.add(name, [Rule(**rule) for rule in rules])
        self._impair()
        self._renew()
        return began, time.monotonic_ns()

    async def mend(self, name: str) -> None:
        """Take a cut, and the rules of that name, away."""
        self._cuts.remove(name)
        self._rules.remove(name)
        self._impair()
        self._renew()

    def _impair(self) -> None:
        for link in self._links:
            link.impair(*self._rules.impairments(link.flow, link.delay_ns))

    def _blocked(self, flow: Flow) -> bool:
        return self._cuts.block(place_of(flow.client), place_of(flow.server)) or self._rules.block(flow)

    def _renew(self) -> None:
        thawing = []
        for link in self._links:
            blocked = self._blocked(link.flow)
            if blocked and not link.frozen:
                link.freeze(dropping=self._drops)
            elif link.frozen and not blocked:
                thawing.append(link)
        self._thaw(thawing)
        for door in self._doors.values():
            self._obey(door)

    def _thaw(self, links: Iterable[Link]) -> None:
        alive = established() if links else set()
        for link in links:
            if link.client_ends in alive:
                link.thaw()
            else:
                link.discard()

    def _obey(self, door: Door) -> None:
        drop = dropped(door, self._cuts, self._rules)
        if self._drops:
            door.filter(drop.program())
        # A plug cannot tell dials apart. Nobody here dials from inside a zone into it, so that is no reason not to.
        elif drop.everything(besides=place_of(door.address)):
            door.plug()
        else:
            door.unplug(lambda ends: ends in established())

    def _accept(self, door: Door, sock: socket.socket, peer: tuple[str, int]) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source = door.source or peer[0]
        link = self._link(Flow(client=source, server=door.server, port=door.port, number=next(self._numbers)), door)
        link.client_ends = (peer, (door.address, door.port))
        link.client.sock, link.on_end = sock, self._links.discard
        self._links.add(link)
        if self._blocked(link.flow):
            # Dialed before the cut and accepted after it, or this network cannot drop the dials of just some sources.
            link.freeze(dropping=self._drops)
        else:
            link.client.drop(False)  # an accepted socket inherits the filter of its door
        self._soon(self._loop.connect_accepted_socket(lambda: link.client, sock))

    def _link(self, flow: Flow, door: Door) -> Link:
        delay = int(one_way_ms(place_of(flow.client), place_of(flow.server)) * 1e6)
        return Link(self._schedule, flow, delay, self._dial(flow.client, door), self._rules.impairments(flow, delay))

    def _soon(self, coroutine: Any) -> None:
        task = self._loop.create_task(coroutine)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _dial(self, source: str, door: Door) -> Any:
        async def dial(end: End) -> None:
            sock = socket.socket()
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((source, 0))
                await self._loop.sock_connect(sock, (door.server, door.port + HIDDEN))
            except OSError:
                sock.close()
                raise
            end.sock = sock
            await self._loop.create_connection(lambda: end, sock=sock)

        return dial


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve until the daemon is gone. Settings: may_drop, whether to try dropping packets in the kernel."""
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_serve(sock, settings))


async def _serve(sock: socket.socket, settings: dict[str, Any]) -> None:
    network = Network(asyncio.get_running_loop(), may_drop=settings["may_drop"])
    operations: dict[str, Handler] = {
        "describe": network.describe,
        "count_links": network.count_links,
        "open_doors": network.open_doors,
        "close_door": network.close_door,
        "cut": network.cut,
        "impair": network.impair,
        "mend": network.mend,
    }
    await (await Channel.open(sock, operations)).closed
