"""The process of one region's balancer."""

import asyncio
import contextlib
import socket
import time
from typing import Any

import uvloop

from harness.lab.addresses import BALANCER_PORT, HIDDEN
from harness.lab.balancer.checks import Checks
from harness.lab.balancer.counts import Counts
from harness.lab.balancer.proxy import Proxy
from harness.lab.balancer.target import Health
from harness.lab.balancer.targets import Targets
from harness.lab.balancer.upstream import Upstream
from harness.lab.channel import Channel
from harness.lab.reports import until_next


class Balancer:
    """Targets, checks, proxy and reports of one balancer."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._channel: Channel | None = None
        self._counts = Counts()
        self._targets = Targets(
            settings["healthy"], settings["unhealthy"], settings["deregistration_delay_s"], self._tell_health
        )

    async def set_targets(self, targets: dict[str, str]) -> dict[str, Health]:
        """Register exactly these instances; returns the health of all."""
        self._targets.set(targets)
        return self._targets.health()

    async def set_away(self, zones: list[str]) -> None:
        """Send exactly these zones no new requests."""
        self._targets.away = frozenset(zones)

    async def serve(self, sock: socket.socket) -> None:
        """Serve until the daemon is gone."""
        settings = self._settings
        checks = Checks(
            settings["address"], settings["interval_s"], settings["timeout_s"], keep_on=self._targets.registered
        )
        checks.on_change, self._targets.on_register = self._tell_health, checks.begin
        upstream = self._upstream(settings)
        proxy = self._proxy = Proxy(self._targets, upstream, self._counts, sticky=settings["sticky"])
        await asyncio.get_running_loop().create_server(
            proxy.client, settings["address"], BALANCER_PORT + HIDDEN, backlog=1024
        )
        upstream.sweep()
        proxy.sweep()
        self._channel = await Channel.open(sock, {"set_targets": self.set_targets, "set_away": self.set_away})
        self._channel.send("ready")
        reports = asyncio.create_task(self._report(settings["report_s"]))
        await asyncio.wait({self._channel.closed, reports}, return_when=asyncio.FIRST_COMPLETED)

    def _upstream(self, settings: dict[str, Any]) -> Upstream:
        upstream = Upstream(
            settings["address"], self._counts, connect_s=settings["connect_s"], response_s=settings["response_s"]
        )
        self._targets.connected, upstream.on_idle = upstream.busy, self._targets.settle
        self._targets.on_forget = upstream.part
        self._counts.open = lambda: upstream.count + len(self._proxy.clients)
        return upstream

    def _tell_health(self) -> None:
        if self._channel is not None:
            self._channel.send("health", targets=self._targets.health())

    async def _report(self, every_s: float) -> None:
        assert self._channel is not None
        while True:
            await asyncio.sleep(until_next(every_s, time.time()))
            hosts = {name + "_hosts": self._targets.count(name) for name in ("healthy", "unhealthy")}
            self._channel.send("metrics", **self._counts.report(), **hosts)


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve until the daemon is gone.

    Settings, spans in real seconds: address, interval_s, timeout_s, healthy, unhealthy, deregistration_delay_s,
    sticky, connect_s, response_s, report_s.
    """
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(Balancer(settings).serve(sock))
