"""The process of one app instance."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

from harness.lab.addresses import DNS_PORT, HIDDEN, INSTANCE_PORT
from harness.lab.channel import Channel
from harness.lab.reports import until_next
from harness.lab.storefront.admission import Admission
from harness.lab.storefront.capacity import Limits
from harness.lab.storefront.cart_table import CartTable
from harness.lab.storefront.carts import Carts, OwnCarts, SharedCarts
from harness.lab.storefront.connections import Connections
from harness.lab.storefront.disk import Disk, OrderLog
from harness.lab.storefront.follower import Follower
from harness.lab.storefront.resolver import Resolver
from harness.lab.storefront.saved_carts import SavedCarts
from harness.lab.storefront.shop import Shop
from harness.lab.storefront.stress import Stresses
from harness.lab.truth import Truth

WRITER_RECORD = "db.storefront.test"
_INSERT = "insert into orders (id, sku, region) values ($1, $2, $3)"
_CONNECT_S, _RESOLVE_S = 1.0, 0.5
_MOST_READS, _MOST_WRITES = 4, 16
_KEEP_ALIVE_S = 75.0  # longer than the balancer keeps its side, so that it never meets a closing connection


class _Loop(uvloop.Loop):
    """An event loop whose dials come from the instance's own address; asyncpg cannot be told one."""

    source: str

    async def create_connection(  # type: ignore[override]
        self, factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        """Dial, from the instance's address if to a host."""
        if host is not None:
            options.setdefault("local_addr", (self.source, 0))
        return await super().create_connection(factory, host, port, **options)


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve until the daemon is gone.

    Settings: region, zone, instance_id, address, database (address or name to read from), dns, ttl_s (real seconds),
    truth and disk (paths), cache (name, or "" for carts in memory), limits (of capacity.Limits, none: unlimited),
    health_in_queue, carts_saved_every_s (none: never), report_s (between two reports), grace_s (after SIGTERM).
    """
    loop = _Loop()
    loop.source = settings["address"]
    with asyncio.Runner(loop_factory=lambda: loop) as runner, contextlib.suppress(asyncio.CancelledError):
        runner.run(_serve(sock, settings))


async def _serve(sock: socket.socket, settings: dict[str, Any]) -> None:
    writer, reads = _writer(settings), _reads(settings)
    carts = _carts(settings, writer)
    followers = (each for each in (writer, reads, carts) if isinstance(each, Follower | SharedCarts | SavedCarts))
    following = [asyncio.create_task(each.follow()) for each in followers]
    admission = Admission(Limits(**settings["limits"])) if settings["limits"] else None
    truth, disk = Truth(Path(settings["truth"])), Disk(Path(settings["disk"]))
    stresses = Stresses(disk, truth, admission.press if admission else None)
    shop = Shop(
        region=settings["region"],
        zone=settings["zone"],
        instance_id=settings["instance_id"],
        reads=reads,
        writer=writer,
        truth=truth,
        log=OrderLog(disk),
        carts=carts,
        admission=admission,
        health_in_queue=settings["health_in_queue"],
    )
    runner = web.AppRunner(
        shop.application(), access_log=None, keepalive_timeout=_KEEP_ALIVE_S, shutdown_timeout=settings["grace_s"]
    )
    await runner.setup()
    told = _told_to_end()
    await web.TCPSite(runner, settings["address"], INSTANCE_PORT + HIDDEN, backlog=1024).start()
    channel = await Channel.open(sock, {"stress": stresses.stress, "relieve": stresses.relieve, "drain": carts.drain})
    channel.send("ready")
    reports = asyncio.create_task(_report(channel, shop, settings["report_s"]))
    await asyncio.wait({channel.closed, told, reports, *following}, return_when=asyncio.FIRST_COMPLETED)
    if told.done():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings["grace_s"]):
                await _end(shop, runner, channel)
        _die()


def _told_to_end() -> "asyncio.Future[None]":
    loop = asyncio.get_running_loop()
    told = loop.create_future()

    def tell() -> None:
        if not told.done():
            told.set_result(None)

    loop.add_signal_handler(signal.SIGTERM, tell)
    return told


async def _end(shop: Shop, runner: web.AppRunner, channel: Channel) -> None:
    """Take no new connections, finish what is in flight, say what was not said yet, and save the carts."""
    saved = asyncio.create_task(shop.carts.drain(draining=True))
    await runner.cleanup()
    await channel.call("report", **_what_happened(shop))
    await saved


def _die() -> None:
    """End by the signal that asked for it, as a process does that has no handler."""
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


async def _report(channel: Channel, shop: Shop, every_s: float) -> None:
    while True:
        await asyncio.sleep(until_next(every_s, time.time()))
        channel.send("report", **_what_happened(shop))


def _what_happened(shop: Shop) -> dict[str, Any]:
    cpu_percent = shop.admission.utilization() if shop.admission else None
    return {"cpu_percent": cpu_percent, **shop.counts.take()}


def _resolver(settings: dict[str, Any]) -> Resolver:
    """One for each who asks: a resolver that two share mixes up their answers."""
    return Resolver((settings["dns"], DNS_PORT), settings["address"], _RESOLVE_S)


def _writer(settings: dict[str, Any]) -> Follower:
    return Follower(
        _resolver(settings),
        WRITER_RECORD,
        settings["ttl_s"],
        most=_MOST_WRITES,
        connect_s=_CONNECT_S,
        primary=True,
        statement=_INSERT,
    )


def _reads(settings: dict[str, Any]) -> Connections | Follower:
    where = settings["database"]
    if where[0].isdigit():
        return Connections(where, most=_MOST_READS, connect_s=_CONNECT_S)
    return Follower(_resolver(settings), where, settings["ttl_s"], most=_MOST_READS, connect_s=_CONNECT_S)


def _carts(settings: dict[str, Any], writer: Follower) -> Carts:
    if settings["carts_saved_every_s"] is not None:
        return SavedCarts(CartTable(writer), settings["carts_saved_every_s"])
    if not settings["cache"]:
        return OwnCarts()
    return SharedCarts(_resolver(settings), settings["cache"], settings["ttl_s"])
