"""EC2 instances: moto keeps the record, the lab the process. A record says `stopped` only when the process is dead."""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.lab.control import records
from harness.lab.control.lab import Lab
from harness.lab.plane import DataPlaneError

log = logging.getLogger("lab.instances")

STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


@dataclass(slots=True, kw_only=True)
class Instance:
    """An instance of the lab. `address` is none until its process first listened."""

    id: str
    region: str
    zone: str
    address: str | None = None
    state: str = "pending"
    spot: bool = False


def request_id(instance_id: str) -> str:
    """The id of the Spot request that an instance was launched by."""
    return f"sir-{instance_id.removeprefix('i-')[:8]}"


class Instances:
    """Launches, stops, starts, reboots and terminates the instances of all regions."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.known: dict[str, Instance] = {}
        self.on_change: Callable[[Instance], None] = lambda instance: None
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def record(self, region: str, zone: str, tags: dict[str, str], *, spot: bool = False) -> Instance:
        """Make the record of a new instance, still pending."""
        instance = Instance(id="i-" + secrets.token_hex(8) + "0", region=region, zone=zone, spot=spot)
        with self.lab.lock:
            ec2 = records.ec2(region)
            subnets = ec2.describe_subnets(filters={"availability-zone": [zone], "tag:drill": ["storefront"]})
            original, records.instances.random_instance_id = records.instances.random_instance_id, lambda: instance.id
            try:
                ec2.run_instances(
                    records.IMAGE,
                    1,
                    None,
                    [],
                    region_name=region,
                    subnet_id=subnets[0].id,
                    instance_type=records.INSTANCE_TYPE,
                    is_instance_type_default=True,
                    block_device_mappings={},
                    instance_market_options={"MarketType": "spot"} if spot else None,
                    tags={"instance": {**tags, "region": region, "Name": f"{tags.get('drill', 'lab')}-{zone}"}},
                )
            finally:
                records.instances.random_instance_id = original
            if spot:
                ec2.get_instance(instance.id).spot_instance_request_id = request_id(instance.id)
        self.known[instance.id] = instance
        self._say(instance, "pending")
        return instance

    async def boot(self, instance: Instance) -> None:
        """Start the process of an instance whose record is pending; running when it listens.

        Raises DataPlaneError, too when it was stopped or terminated meanwhile.
        """
        async with self._turns[instance.id]:
            await self._boot(instance)

    async def _boot(self, instance: Instance) -> None:
        if instance.state == "running":
            return
        if instance.state != "pending":
            raise DataPlaneError(f"{instance.id} is {instance.state}")
        instance.address = await self.lab.plane.start_instance(instance.id, instance.region, instance.zone)
        self._say(instance, "running")

    def mark_stopped(self, instance: Instance) -> None:
        """Have the record of a new instance say that it is stopped; its process never ran."""
        self._say(instance, "stopped")

    async def start(self, ids: Iterable[str]) -> list[str]:
        """Start stopped instances; those that run are left alone. Returns those that cannot, being terminated."""
        found = [self.known[i] for i in ids]
        await asyncio.gather(*map(self._start, found))
        return [instance.id for instance in found if instance.state in ("shutting-down", "terminated")]

    def running(self, ids: Iterable[str]) -> list[str]:
        """Those of some instances that run or are about to."""
        return [id for id in ids if self.known[id].state in ("pending", "running")]

    async def stop(self, ids: Iterable[str], *, graceful: bool = False) -> None:
        """Stop instances, letting their processes end by themselves if `graceful`; some may be stopped already."""
        await asyncio.gather(*(self._end(self.known[i], ("stopping", "stopped"), graceful) for i in ids))

    async def terminate(self, ids: Iterable[str], *, graceful: bool = False) -> None:
        """Terminate instances for good, letting their processes end by themselves if `graceful`."""
        await asyncio.gather(*(self._end(self.known[i], ("shutting-down", "terminated"), graceful) for i in ids))

    async def reboot(self, ids: Iterable[str]) -> None:
        """Restart the process of running instances in place; the record stays `running`, as EC2's does."""
        await asyncio.gather(*(self._reboot(self.known[i]) for i in ids))

    async def _start(self, instance: Instance) -> None:
        async with self._turns[instance.id]:
            if instance.state == "stopped":
                self._say(instance, "pending")
                await self._boot(instance)

    async def _end(self, instance: Instance, states: tuple[str, str], graceful: bool) -> None:
        passing, final = states
        async with self._turns[instance.id]:
            if instance.state in ("terminated", final):
                return
            self._say(instance, passing)
            await self.lab.plane.stop_instance(instance.id, graceful=graceful)
            self._say(instance, final)

    async def _reboot(self, instance: Instance) -> None:
        async with self._turns[instance.id]:
            if instance.state == "running":
                await self.lab.plane.stop_instance(instance.id)
                instance.address = await self.lab.plane.start_instance(instance.id, instance.region, instance.zone)

    def _say(self, instance: Instance, state: str) -> None:
        instance.state = state
        with self.lab.lock:
            record = records.ec2(instance.region).get_instance(instance.id)
            record._state.name, record._state.code = state, STATES[state]
        self.on_change(instance)
