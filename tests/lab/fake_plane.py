"""A data plane in memory: balancers that answer /health while they have a running target, databases that are words."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.lab.addresses import BALANCER_PORT, Addresses
from harness.lab.plane import BalancerMetrics, DatabaseState, DataPlane, DataPlaneError, TargetHealth
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth


class FakePlane(DataPlane):
    """Does at once what it is told, and keeps a list of it in `calls`."""

    cut_method = "a fake"

    def __init__(self, recipe: Recipe, slot: int, directory: Path, truth: Truth) -> None:
        super().__init__(recipe, slot, directory, truth)
        self.addresses = Addresses(slot)
        self.calls: list[tuple[object, ...]] = []
        self.running: dict[str, str] = {}
        self.targets: dict[str, dict[str, str]] = {region: {} for region in recipe.regions}
        self.cuts: dict[str, tuple[str, ...]] = {}
        self.servers: dict[str, DatabaseState] = {}
        self._listeners: list[asyncio.Server] = []
        self._beat: asyncio.Task[None] | None = None

    async def start(self) -> None:
        source = None
        for region in self.recipe.regions:
            role, identifier = "replica" if source else "primary", f"storefront-{region}"
            self.servers[identifier] = DatabaseState(region=region, role=role, source=source, running=True)
            source = identifier
            serve = lambda r, w, region=region: self._serve(region, w)  # noqa: E731
            address = self.addresses.load_balancer(region)
            self._listeners.append(await asyncio.start_server(serve, address, BALANCER_PORT))
        self._beat = asyncio.create_task(self._report())

    async def stop(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        for listener in self._listeners:
            listener.close()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(self.recipe.real(self.recipe.alarm_period) / 2)
            for region in self.recipe.regions:
                self.on_metrics(region, BalancerMetrics(healthy_hosts=self._healthy(region), request_count=3))

    def _healthy(self, region: str) -> int:
        return sum(h.state == "healthy" for h in self.target_health(region).values())

    def _is_cut(self, region: str) -> bool:
        return any(region in places for places in self.cuts.values())

    async def _serve(self, region: str, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            while self._is_cut(region):
                await asyncio.sleep(0.01)
            status = "200 OK" if self._healthy(region) else "503 Service Unavailable"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()

    async def start_instance(self, instance_id: str, region: str, zone: str) -> str:
        self.calls.append(("start_instance", instance_id, region, zone))
        self.running[instance_id] = region
        return self.addresses.instance(zone, len([c for c in self.calls if c[0] == "start_instance"]))

    async def stop_instance(self, instance_id: str) -> None:
        self.calls.append(("stop_instance", instance_id))
        self.running.pop(instance_id, None)

    async def set_targets(self, region: str, targets: Mapping[str, str]) -> None:
        self.targets[region] = dict(targets)
        self.on_target_health(region)

    def target_health(self, region: str) -> Mapping[str, TargetHealth]:
        return {i: self._health(i, region) for i in self.targets[region]}

    def _health(self, instance_id: str, region: str) -> TargetHealth:
        if instance_id in self.running and not self._is_cut(region):
            return TargetHealth(state="healthy")
        return TargetHealth(state="unhealthy", reason="Target.Timeout", description="Request timed out")

    async def cut(self, name: str, places: Sequence[str]) -> None:
        self.calls.append(("cut", name, tuple(places)))
        self.cuts[name] = tuple(places)

    async def mend(self, name: str) -> None:
        self.calls.append(("mend", name))
        self.cuts.pop(name, None)

    def databases(self) -> Mapping[str, DatabaseState]:
        return dict(self.servers)

    async def promote(self, identifier: str) -> None:
        self.calls.append(("promote", identifier))
        old = self.servers[identifier]
        self.servers[identifier] = DatabaseState(region=old.region, role="primary", source=None, running=True)

    async def reboot(self, identifier: str) -> None:
        self.calls.append(("reboot", identifier))

    async def delete_database(self, identifier: str) -> None:
        self.calls.append(("delete_database", identifier))
        self.servers.pop(identifier, None)

    async def create_replica(self, identifier: str, region: str, source: str) -> None:
        self.calls.append(("create_replica", identifier, region, source))
        if source not in self.servers:
            raise DataPlaneError(f"there is no {source}")
        self.servers[identifier] = DatabaseState(region=region, role="replica", source=source, running=True)

    async def replica_lag(self, identifier: str) -> float | None:
        return 0.25
