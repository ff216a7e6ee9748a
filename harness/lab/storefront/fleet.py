"""The app instances of a lab, as the daemon sees them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.lab.addresses import INSTANCE_PORT, MOST_INSTANCES, Addresses
from harness.lab.names import cluster_of, endpoint_name, reader_name
from harness.lab.network.remote import Network
from harness.lab.processes import Nursery, Process
from harness.lab.recipe import Recipe
from harness.lab.states import DataPlaneError
from harness.lab.truth import Truth

_START_S = 10.0


@dataclass(slots=True)
class Fleet:
    """Starts and kills instances: one process each, with an address of its own that is not used again soon."""

    recipe: Recipe
    addresses: Addresses
    directory: Path
    nursery: Nursery
    network: Network
    truth: Truth
    _running: dict[str, tuple[str, Process]] = field(default_factory=dict)
    _numbers: "Counter[str]" = field(default_factory=Counter)

    async def start(self, instance_id: str, region: str, zone: str) -> str:
        """Start an instance; returns its address when its port listens."""
        if instance_id in self._running:
            return self._running[instance_id][0]
        address = self._next_address(zone)
        ready = asyncio.get_running_loop().create_future()

        async def tell() -> None:
            ready.set_result(None)

        process = await self.nursery.fork(
            instance_id,
            "harness.lab.storefront.process:main",
            self._settings(instance_id, region, zone, address),
            {"ready": tell},
        )
        self._running[instance_id] = (address, process)
        await asyncio.wait({ready, process.ended}, timeout=_START_S, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            await self.stop(instance_id)
            raise DataPlaneError(f"instance {instance_id} did not start; see {self.nursery.logs}/{instance_id}.log")
        await self.network.open_doors([(address, INSTANCE_PORT, None)])
        self.truth.write("instance_started", instance=instance_id, region=region, zone=zone, address=address)
        return address

    async def stop(self, instance_id: str) -> None:
        """Kill an instance."""
        address, process = self._running.pop(instance_id, ("", None))
        if process is None:
            return
        self.truth.write("instance_stopping", instance=instance_id, address=address)
        self.nursery.kill(process)
        await process.ended
        if process.channel:
            process.channel.close()
        await self.network.close_door(address, INSTANCE_PORT)
        self.truth.write("instance_stopped", instance=instance_id, address=address)

    def _next_address(self, zone: str) -> str:
        taken = {address for address, _ in self._running.values()}
        for _ in range(MOST_INSTANCES):
            address = self.addresses.instance(zone, self._numbers[zone] % MOST_INSTANCES)
            self._numbers[zone] += 1
            if address not in taken:
                return address
        raise DataPlaneError(f"{zone} has no free address")

    def _settings(self, instance_id: str, region: str, zone: str, address: str) -> dict[str, Any]:
        return {
            "region": region,
            "zone": zone,
            "instance_id": instance_id,
            "address": address,
            "database": self._database(region),
            "dns": self.addresses.dns,
            "ttl_s": self.recipe.real(self.recipe.record_ttl),
            "truth": str(self.directory / f"truth-{instance_id}.jsonl"),
        }

    def _database(self, region: str) -> str:
        """Where instances of a region read from: a name that may move where there is a standby, else an address."""
        if region == self.recipe.regions[0] and self.recipe.database == "cluster":
            return reader_name(cluster_of(region), region)
        if region == self.recipe.regions[0] and self.recipe.multi_az:
            return endpoint_name(f"storefront-{region}", region)
        return self.addresses.database(region)
