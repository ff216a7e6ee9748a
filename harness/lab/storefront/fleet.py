"""The app instances of a lab, as the daemon sees them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness.lab.addresses import INSTANCE_PORT, MOST_INSTANCES, Addresses
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
    on_exit: Callable[[str, int], None] = lambda instance_id, status: None
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
        process.ended.add_done_callback(partial(self._ended, instance_id, process))
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

    def _ended(self, instance_id: str, process: Process, ended: "asyncio.Future[int]") -> None:
        if self._running.get(instance_id, ("", None))[1] is process:  # nobody stopped it
            self.truth.write("instance_exited", instance=instance_id, status=ended.result())
            self.on_exit(instance_id, ended.result())

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
            "database": self.addresses.database(region),
            "dns": self.addresses.dns,
            "ttl_s": self.recipe.real(self.recipe.record_ttl),
            "truth": str(self.directory / f"truth-{instance_id}.jsonl"),
        }
