"""The app instances of a lab, as the daemon sees them, and what supervises them."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.lab.addresses import INSTANCE_PORT, MOST_INSTANCES, Addresses
from harness.lab.channel import ChannelError, Handler
from harness.lab.names import cache_name, cluster_of, endpoint_name, reader_name
from harness.lab.network.remote import Network
from harness.lab.processes import Nursery, Process
from harness.lab.recipe import Recipe
from harness.lab.states import DataPlaneError, InstanceReport, Stress
from harness.lab.storefront.stress import MEMORY_BYTES, OUT_OF_MEMORY
from harness.lab.truth import Truth

REPORTS_A_PERIOD = 2
RESTART_DELAY = 1.0  # model seconds between the death of an app and its restart
COMPUTING_CORES = (os.cpu_count() or 1) / 4  # that all stress of a lab may use for computing
SPARE_BYTES = 1 << 30  # of the machine's memory, which no stress may take

_START_S, _DEATH_S, _DRAIN_S = 10.0, 1.0, 1.0

SIGNALS = {"SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}


@dataclass(slots=True, kw_only=True, eq=False)
class Running:
    """An instance that has been started and not stopped; its process may be dead and about to be restarted."""

    id: str
    region: str
    zone: str
    address: str
    restarts: bool
    process: Process | None = None
    stresses: dict[str, Stress] = field(default_factory=dict)
    draining: bool = False


@dataclass(slots=True)
class Fleet:
    """Starts and kills instances: one process each, with an address of its own that is not used again soon.

    A process that ends otherwise is started again in place; of an instance that was started with `restarts` False
    `on_exit` is told (id, exit code), and it is gone.
    """

    recipe: Recipe
    addresses: Addresses
    directory: Path
    nursery: Nursery
    network: Network
    truth: Truth
    on_exit: Callable[[str, int], None] = lambda instance_id, status: None
    on_report: Callable[[str, str, InstanceReport], None] = lambda region, instance_id, report: None
    _running: dict[str, Running] = field(default_factory=dict)
    _ending: dict[str, Running] = field(default_factory=dict)
    _numbers: "Counter[str]" = field(default_factory=Counter)
    _restarting: set["asyncio.Task[None]"] = field(default_factory=set)

    async def start(self, instance_id: str, region: str, zone: str, *, restarts: bool = True) -> str:
        """Start an instance; returns its address when its port listens."""
        if instance_id in self._running:
            return self._running[instance_id].address
        address = self._next_address(zone)
        running = Running(id=instance_id, region=region, zone=zone, address=address, restarts=restarts)
        self._running[instance_id] = running
        try:
            await self._launch(running)
        except BaseException:
            await self.stop(instance_id)
            raise
        await self.network.open_doors([(address, INSTANCE_PORT, None)])
        self.truth.write("instance_started", instance=instance_id, region=region, zone=zone, address=address)
        return address

    async def _launch(self, running: Running) -> None:
        ready = asyncio.get_running_loop().create_future()

        async def tell() -> None:
            ready.set_result(None)

        async def report(**said: Any) -> None:
            self.on_report(running.region, running.id, InstanceReport(**said))

        handlers: dict[str, Handler] = {"ready": tell, "report": report}
        process = await self.nursery.fork(
            running.id, "harness.lab.storefront.process:main", self._settings(running), handlers
        )
        running.process = process
        if self._running.get(running.id) is not running:
            await self._kill(process)
        await asyncio.wait({ready, process.ended}, timeout=_START_S, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            await self._kill(process)
            raise DataPlaneError(f"instance {running.id} did not start; see {self.nursery.logs}/{running.id}.log")
        process.ended.add_done_callback(lambda ended: self._ended(running, process))

    async def stop(self, instance_id: str, *, graceful: bool = False) -> None:
        """Kill an instance, having asked it to end by itself if `graceful`; nothing of it is left."""
        if (ending := self._ending.get(instance_id)) is not None and not graceful:
            return await self._end(ending, graceful=False)
        running = self._running.pop(instance_id, None)
        if running is None:
            return None
        self._ending[instance_id] = running
        self.truth.write("instance_stopping", instance=instance_id, address=running.address, graceful=graceful)
        try:
            await self._end(running, graceful=graceful)
            await self._clear(running)
        finally:
            del self._ending[instance_id]
        self.truth.write("instance_stopped", instance=instance_id, address=running.address)
        return None

    async def _end(self, running: Running, *, graceful: bool) -> None:
        process = running.process
        if process is None:
            return
        if graceful:
            self.nursery.kill(process, signal.SIGTERM)
            await asyncio.wait({process.ended}, timeout=self.recipe.real(self.recipe.stop_grace))
        await self._kill(process)

    async def drain(self, addresses: Collection[str], *, draining: bool) -> None:
        """Tell instances that shoppers go elsewhere (or no longer do): on return they have saved their carts.

        One that cannot save them within a second is left at that.
        """
        asked = [r for r in self._running.values() if r.address in addresses and r.draining != draining]
        for running in asked:
            running.draining = draining
        await asyncio.gather(*map(self._tell_drain, asked))

    async def _tell_drain(self, running: Running) -> None:
        saved = False
        with contextlib.suppress(TimeoutError, DataPlaneError):
            async with asyncio.timeout(_DRAIN_S):
                await self._call(running, "drain", draining=running.draining)
                saved = True
        self.truth.write("instance_draining", instance=running.id, draining=running.draining, saved=saved)

    async def _kill(self, process: Process) -> None:
        self.nursery.kill(process)
        await process.ended
        if process.channel:
            process.channel.close()

    async def _clear(self, running: Running) -> None:
        shutil.rmtree(self._disk(running.id), ignore_errors=True)
        await self.network.close_door(running.address, INSTANCE_PORT)

    def close(self) -> None:
        """Forget every instance: from now on nothing is restarted."""
        self._running.clear()
        for task in self._restarting:
            task.cancel()
        shutil.rmtree(self.directory / "disks", ignore_errors=True)

    # What supervises the processes

    def _ended(self, running: Running, process: Process) -> None:
        if self._running.get(running.id) is not running:
            return
        if process.channel:
            process.channel.close()
        status = process.ended.result()
        self.truth.write("instance_process_ended", instance=running.id, status=status)
        if status == OUT_OF_MEMORY:  # what took the memory is dead, too
            running.stresses = {name: replace(s, memory_percent=0) for name, s in running.stresses.items()}
        task = asyncio.get_running_loop().create_task(
            self._restart(running) if running.restarts else self._gone(running)
        )
        self._restarting.add(task)
        task.add_done_callback(self._restarting.discard)

    async def _gone(self, running: Running) -> None:
        assert running.process is not None
        del self._running[running.id]
        await self._clear(running)
        self.on_exit(running.id, running.process.ended.result())

    async def _restart(self, running: Running) -> None:
        while True:
            await asyncio.sleep(self.recipe.real(RESTART_DELAY))
            if self._running.get(running.id) is not running:
                return
            try:
                await self._launch(running)
                break
            except DataPlaneError as error:
                self.truth.write("instance_restart_failed", instance=running.id, because=str(error))
        self.truth.write("instance_restarted", instance=running.id, address=running.address)
        if running.draining:
            await self._tell_drain(running)
        for name, stress in list(running.stresses.items()):
            if name in running.stresses:  # it may have been relieved during the one before
                await self._press(running, name, stress)

    async def signal(self, instance_id: str, name: str) -> None:
        """Send SIGTERM or SIGKILL to the process of an instance; returns when it has ended."""
        process = self._find(instance_id).process
        if process is None or not process.running:
            raise DataPlaneError(f"the process of {instance_id} does not run")
        self.truth.write("instance_signalled", instance=instance_id, signal=name)
        self.nursery.kill(process, SIGNALS[name])
        await process.ended

    # Stress

    async def stress(self, name: str, instances: Sequence[str], stress: Stress) -> None:
        """Press on instances; a process that is restarted is pressed on again. Raises DataPlaneError."""
        found = [self._find(instance_id) for instance_id in instances]
        _afford(len(found) * MEMORY_BYTES * stress.memory_percent // 100)
        for running in found:
            running.stresses[name] = stress
        try:
            await asyncio.gather(*(self._press(running, name, stress) for running in found))
        except BaseException:
            await self.relieve(name)
            raise
        self.truth.write("stressed", name=name, instances=[*instances], **asdict(stress))

    async def relieve(self, name: str) -> None:
        """Take a stress away from every instance that has it."""
        found = [running for running in self._running.values() if running.stresses.pop(name, None) is not None]
        await asyncio.gather(*(self._call(running, "relieve", name=name) for running in found))
        if found:
            self.truth.write("relieved", name=name, instances=[running.id for running in found])

    async def _press(self, running: Running, name: str, stress: Stress) -> None:
        pressed = sum(any(s.cpu_percent for s in other.stresses.values()) for other in self._running.values())
        computing = min(1.0, COMPUTING_CORES / max(pressed, 1))
        await self._call(running, "stress", name=name, computing=computing, **asdict(stress))

    async def _call(self, running: Running, op: str, **arguments: Any) -> None:
        """Call the process; one that is dead, or dies meanwhile, has nothing to give back and is restarted."""
        process = running.process
        if process is None or process.channel is None or not process.running:
            return
        try:
            await process.channel.call(op, **arguments)
        except ChannelError as error:
            await asyncio.wait({process.ended}, timeout=_DEATH_S)
            if process.running:
                raise DataPlaneError(f"{running.id}: {error}") from error

    def _find(self, instance_id: str) -> Running:
        if instance_id not in self._running:
            raise DataPlaneError(f"{instance_id} does not run")
        return self._running[instance_id]

    def address_of(self, instance_id: str) -> str | None:
        """The address of an instance; none when it does not run."""
        return self._running[instance_id].address if instance_id in self._running else None

    def _next_address(self, zone: str) -> str:
        taken = {running.address for running in [*self._running.values(), *self._ending.values()]}
        for _ in range(MOST_INSTANCES):
            address = self.addresses.instance(zone, self._numbers[zone] % MOST_INSTANCES)
            self._numbers[zone] += 1
            if address not in taken:
                return address
        raise DataPlaneError(f"{zone} has no free address")

    def _disk(self, instance_id: str) -> Path:
        return self.directory / "disks" / instance_id

    def _settings(self, running: Running) -> dict[str, Any]:
        capacity = self.recipe.instance
        return {
            "region": running.region,
            "zone": running.zone,
            "instance_id": running.id,
            "address": running.address,
            "database": self._database(running.region),
            "cache": cache_name(running.region) if self.recipe.cache else "",
            "dns": self.addresses.dns,
            "ttl_s": self.recipe.real(self.recipe.record_ttl),
            "truth": str(self.directory / f"truth-{running.id}.jsonl"),
            "disk": str(self._disk(running.id)),
            "limits": capacity and capacity.model_dump(exclude={"health_in_queue"}),
            "carts_saved_every_s": self.recipe.carts and self.recipe.real(self.recipe.carts.saved_every),
            "report_s": self.recipe.real(self.recipe.alarm_period) / REPORTS_A_PERIOD,
            "grace_s": self.recipe.real(self.recipe.stop_grace),
            "health_in_queue": bool(capacity and capacity.health_in_queue),
        }

    def _database(self, region: str) -> str:
        """Where instances of a region read from: a name that may move where there is a standby, else an address."""
        if region == self.recipe.regions[0] and self.recipe.database == "cluster":
            return reader_name(cluster_of(region), region)
        if region == self.recipe.regions[0] and self.recipe.multi_az:
            return endpoint_name(f"storefront-{region}", region)
        return self.addresses.database(region)


def _afford(count: int) -> None:
    """Raises DataPlaneError unless the machine has so much memory to spare."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    available = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    if count > max(0, available - SPARE_BYTES):
        raise DataPlaneError(
            f"the machine has {available >> 20} MiB of memory left, too little to take {count >> 20} MiB"
        )
