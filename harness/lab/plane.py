"""The data plane as the control plane sees it: instances, balancers, network and databases, all real processes."""

import asyncio
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

from harness.lab.addresses import BALANCER_PORT, DATABASE_PORT, Addresses, is_place
from harness.lab.balancer.remote import Balancer
from harness.lab.cache.group import Caches
from harness.lab.network.remote import STALLED, Network, Opening
from harness.lab.network.rule import Rule, problems
from harness.lab.postgres.cluster import Databases
from harness.lab.postgres.installation import install
from harness.lab.processes import Nursery, Process
from harness.lab.recipe import Recipe
from harness.lab.states import (
    BalancerMetrics,
    CacheState,
    DatabaseState,
    DataPlaneError,
    InstanceReport,
    PairState,
    Stress,
    TargetHealth,
)
from harness.lab.storefront.fleet import Fleet
from harness.lab.truth import Truth

__all__ = ["BalancerMetrics", "DataPlane", "DataPlaneError", "DatabaseState", "PairState", "Stress", "TargetHealth"]

Part = TypeVar("Part")

_SHARED_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 1 << 30
_NETWORK = ("uvloop", "harness.lab.network.process")
_SERVERS = ("harness.lab.balancer.process", "harness.lab.storefront.process")


class NetworkListener(Protocol):
    """Hears of what is in force in the network, for traffic that does not go through it."""

    def cut(self, name: str, places: Sequence[str]) -> None: ...
    def impair(self, name: str, rules: Sequence[Rule]) -> None: ...
    def mend(self, name: str) -> None: ...


class DataPlane:
    """The data plane of one lab. Every call is idempotent; calls raise DataPlaneError, and belong in one event loop.

    Logs and truth files of the child processes go to `directory`. If this process dies, a guardian ends all others
    and removes `directory` too. Set `may_drop` to False before start to cut without dropping packets.
    """

    cut_method: str = STALLED  # or "dropped packets": how cuts are made; known after start
    may_drop: bool = True

    def __init__(self, recipe: Recipe, slot: int, directory: Path, truth: Truth) -> None:
        self.recipe, self.slot, self.directory, self.truth = recipe, slot, directory, truth
        self.addresses = Addresses(slot)
        self.on_metrics: Callable[[str, BalancerMetrics], None] = lambda region, metrics: None
        self.on_target_health: Callable[[str], None] = lambda region: None
        self.on_exit: Callable[[str, int], None] = lambda instance_id, status: None
        self.on_report: Callable[[str, str, InstanceReport], None] = lambda region, instance_id, report: None
        self._data: Path | None = None
        self._nursery: Nursery | None = None
        self._network: Network | None = None
        self._databases: Databases | None = None
        self._fleet: Fleet | None = None
        self._caches: Caches | None = None
        self._balancers: dict[str, Balancer] = {}
        self._targets: dict[str, dict[str, str]] = defaultdict(dict)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.network_listeners: list[NetworkListener] = []
        self._cuts: dict[str, tuple[str, ...]] = {}
        self._rules: dict[str, tuple[Rule, ...]] = {}

    async def start(self) -> None:
        """Start the network, the databases (streaming) and the balancers; no instances."""
        if self._nursery is not None:
            return
        self._data = _data_directory(self.slot)
        logs = self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        nursery = self._nursery = Nursery(logs, [self._data], [self.directory])
        nursery.start()
        try:
            await self._start_parts(nursery, self._data)
        except BaseException:
            await self.stop()
            raise

    async def _start_parts(self, nursery: Nursery, data: Path) -> None:
        installation = await asyncio.get_running_loop().run_in_executor(None, install)
        databases = self._databases = Databases(nursery, installation, self.addresses, data, self.truth)
        network = self._network = Network(nursery)
        told = self._pass_exit, self._pass_report
        self._fleet = Fleet(self.recipe, self.addresses, self.directory, nursery, network, self.truth, *told)
        self._caches = self._make_caches(nursery, data) if self.recipe.cache else None
        # The zygote does one thing at a time; this order keeps both it and the other core busy.
        databases.copy_template(self.recipe)
        nursery.preload(*_NETWORK)
        await asyncio.gather(databases.start(), self._start_network(network))
        nursery.preload(*_SERVERS)
        if self._caches is not None:
            await self._caches.start()
        await asyncio.gather(databases.wait_for_streams(), *map(self._start_balancer, self.recipe.regions))
        self.truth.write("data_plane_started", cut_method=self.cut_method)

    def _make_caches(self, nursery: Nursery, data: Path) -> Caches:
        return Caches.make(self.recipe, self.addresses, data, nursery, self.truth)

    async def _start_network(self, network: Network) -> None:
        self.cut_method = await network.start(may_drop=self.may_drop)
        where = self.addresses
        doors: list[Opening] = []
        for region in self.recipe.regions:
            doors.append((where.load_balancer(region), BALANCER_PORT, None))
            doors.append((where.database(region), DATABASE_PORT, None))
            doors += [
                (where.database_dial(other, region), DATABASE_PORT, (where.database(other), where.database(region)))
                for other in self.recipe.regions
                if other != region
            ]
        doors += self._running(self._databases).doors(self.recipe.regions)
        doors += self._caches.doors() if self._caches else []
        await network.open_doors(doors)

    async def _start_balancer(self, region: str) -> None:
        balancer = self._balancers[region] = Balancer(region, self._pass_metrics, self._pass_target_health)
        await balancer.start(self._running(self._nursery), self.recipe, self.addresses)

    async def stop(self) -> None:
        """End every process and remove the data; the lab directory itself (truth logs) stays its owner's."""
        nursery, self._nursery = self._nursery, None
        if nursery is None:
            return
        if self._fleet is not None:
            self._fleet.close()
        await nursery.stop()
        self._network = self._databases = self._fleet = None
        self._balancers.clear()
        self._targets.clear()
        self._cuts.clear()
        self._rules.clear()
        if self._data is not None:
            shutil.rmtree(self._data, ignore_errors=True)

    async def until_lost(self) -> str:
        """Wait until the network or a balancer, without which there is no lab, ends by itself; returns what ended."""
        parts: list[Network | Balancer] = [self._running(self._network), *self._balancers.values()]
        vital = {part.process.ended: part.process for part in parts if part.process is not None}
        done, _ = await asyncio.wait(vital, return_when=asyncio.FIRST_COMPLETED)
        lost = vital[done.pop()]
        return f"{lost.name} (pid {lost.pid}) ended by itself with status {lost.ended.result()}"

    async def start_instance(self, instance_id: str, region: str, zone: str, *, restarts: bool = True) -> str:
        """Start an app instance; returns its address when its port listens.

        A process that ends by itself is started again in place, or else (`restarts` False) told to `on_exit`.
        """
        if zone not in self.recipe.zones(region):
            raise DataPlaneError(f"{zone} is no zone of {region}")
        return await self._running(self._fleet).start(instance_id, region, zone, restarts=restarts)

    async def stop_instance(self, instance_id: str, *, graceful: bool = False) -> None:
        """Kill an app instance: its connections die.

        `graceful` asks it to end (SIGTERM) and gives it `stop_grace` to finish what is in flight and save its carts.
        """
        await self._running(self._fleet).stop(instance_id, graceful=graceful)

    def address_of(self, instance_id: str) -> str | None:
        """The address of an app instance or task; none when it does not run."""
        return self._running(self._fleet).address_of(instance_id)

    async def signal(self, instance_id: str, signal_name: str) -> None:
        """Send SIGTERM or SIGKILL to the process of an instance; returns when it has ended."""
        await self._running(self._fleet).signal(instance_id, signal_name)

    async def stress(self, name: str, instances: Sequence[str], stress: Stress) -> None:
        """Press on CPU, memory and disk of instances until `relieve(name)`, or until they are stopped."""
        await self._running(self._fleet).stress(name, instances, stress)

    async def relieve(self, name: str) -> None:
        """Take a stress away: threads, memory and files are gone on return."""
        await self._running(self._fleet).relieve(name)

    async def set_targets(self, region: str, targets: Mapping[str, str]) -> None:
        """Give a balancer its targets, instance id -> address; those left out drain.

        Of these the healthy ones are told before, so that whoever is sent elsewhere finds the cart there; with a
        deregistration delay of 0 nobody is.
        """
        async with self._turns[region]:
            balancer, before = self._balancer(region), self._targets[region]
            if self.recipe.deregistration_delay:
                fleet, healthy = self._running(self._fleet), balancer.able()
                leaving = {address for id, address in before.items() if targets.get(id) != address and id in healthy}
                await fleet.drain(leaving, draining=True)
                await fleet.drain(set(targets.values()) - set(before.values()), draining=False)
            await balancer.set_targets(targets)
            self._targets[region] = dict(targets)

    async def set_away(self, region: str, zones: Collection[str]) -> None:
        """Have a balancer send exactly these zones no new requests while targets elsewhere are healthy."""
        await self._balancer(region).set_away(zones)

    def target_health(self, region: str) -> Mapping[str, TargetHealth]:
        """The health of the targets of a region by instance id, draining ones too."""
        return self._balancer(region).health()

    async def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate regions or zones: drop everything between each of them and any other place, until `mend(name)`.

        Inside a cut region the hops between its subnets (balancer, instances, database) are dropped too.
        """
        if unknown := [place for place in places if not is_place(place)]:
            raise DataPlaneError(f"not a region or a zone: {', '.join(unknown)}")
        if self._cuts.get(name) != tuple(places):
            began, done = await self._running(self._network).cut(name, places)
            self._cuts[name] = tuple(places)
            for listener in self.network_listeners:
                listener.cut(name, places)
            spans = {"began_ns": began, "done_ns": done}
            self.truth.write("cut", name=name, places=[*places], method=self.cut_method, **spans)

    async def impair(self, name: str, rules: Sequence[Rule]) -> None:
        """Put rules in force, on connections there are and those to come, until `mend(name)`."""
        if wrong := problems(rules):
            raise DataPlaneError("; ".join(wrong))
        if self._rules.get(name) != tuple(rules):
            began, done = await self._running(self._network).impair(name, rules)
            self._rules[name] = tuple(rules)
            for listener in self.network_listeners:
                listener.impair(name, rules)
            spans = {"began_ns": began, "done_ns": done}
            self.truth.write("impaired", name=name, rules=[*map(asdict, rules)], method=self.cut_method, **spans)

    async def mend(self, name: str) -> None:
        """Take a cut and the rules of that name away. What was in flight arrives where both ends are still there."""
        if name in self._cuts or name in self._rules:
            await self._running(self._network).mend(name)
            for listener in self.network_listeners:
                listener.mend(name)
            self._rules.pop(name, None)
            places = self._cuts.pop(name, ())
            self.truth.write("mended", name=name, places=[*places])

    def apart(self, a: str, b: str) -> bool:
        """Whether one of two regions is cut off as a whole."""
        return any(place in (a, b) for places in self._cuts.values() for place in places)

    async def environment(self, name: str, settings: Mapping[str, Any]) -> Process:
        """Start a process that runs the code of a function (see `functions.process`); its channel takes `invoke`."""
        return await self._running(self._nursery).fork(name, "harness.lab.functions.process:main", settings, {})

    def end(self, process: Process) -> None:
        """Kill a process of one's own."""
        self._running(self._nursery).kill(process)

    def databases(self) -> Mapping[str, DatabaseState]:
        """The database servers by identifier; at start `storefront-<region>` for each region."""
        return self._running(self._databases).states()

    async def promote(self, identifier: str) -> None:
        """Promote a replica; returns when it takes writes."""
        await self._running(self._databases).promote(identifier)

    async def reboot(self, identifier: str) -> None:
        """Restart a database server in place."""
        await self._running(self._databases).reboot(identifier)

    def pairs(self) -> Mapping[str, PairState]:
        """The databases that have a server in a second zone, by identifier."""
        return self._running(self._databases).pairs()

    async def fail_over(self, identifier: str) -> None:
        """Crash the writer of a pair and promote its standby; returns when that takes writes."""
        await self._running(self._databases).fail_over(identifier)

    async def restore_standby(self, identifier: str) -> None:
        """Make the standby of a pair anew if it does not run; it is in sync on return."""
        await self._running(self._databases).restore_standby(identifier)

    async def give_standby_up(self, identifier: str) -> None:
        """Have the writer of a pair acknowledge commits alone."""
        await self._running(self._databases).give_standby_up(identifier)

    async def pause_disk(self, name: str, identifier: str) -> None:
        """Let a database write nothing until `mend_disk`: commits hang, reads from memory are answered."""
        await self._running(self._databases).pause_disk(name, identifier)

    async def slow_disk(self, name: str, identifier: str, milliseconds: float) -> None:
        """Have each flush of a primary's log take so much longer (real time, at most 100 ms) until `mend_disk`."""
        await self._running(self._databases).slow_disk(name, identifier, milliseconds)

    async def mend_disk(self, name: str, identifier: str) -> None:
        """Take what is wrong with a disk away, if it has this name."""
        await self._running(self._databases).mend_disk(name, identifier)

    def caches(self) -> Mapping[str, CacheState]:
        """The replication group of each region; none where the recipe asks for none."""
        return self._caches.states() if self._caches else {}

    async def cache_power_off(self, region: str, zone: str) -> None:
        """Kill the cache node in a zone; what only it has is lost."""
        await self._running(self._caches).group(region).power_off(zone)

    async def cache_power_on(self, region: str, zone: str) -> None:
        """Start the cache node in a zone again, empty, as a replica while another one lives."""
        await self._running(self._caches).group(region).power_on(zone)

    async def look_at_cache(self, region: str) -> None:
        """See whether cache nodes that came back have the data by now."""
        await self._running(self._caches).group(region).look()

    async def fail_over_cache(self, region: str) -> None:
        """Make the replica of a region's cache its primary."""
        await self._running(self._caches).group(region).fail_over()

    async def delete_database(self, identifier: str) -> None:
        """End a server and remove its data. Orders that only it holds go to the truth log as `lost_rows`."""
        await self._running(self._databases).delete(identifier)

    async def create_replica(self, identifier: str, region: str, source: str) -> None:
        """Make a replica by a base backup over the network; it streams on return."""
        await self._running(self._databases).create_replica(identifier, region, source)

    async def replica_lag(self, identifier: str) -> float | None:
        """How far a replica is behind its source, in real seconds; none when it does not stream."""
        return await self._running(self._databases).lag(identifier)

    def _pass_metrics(self, region: str, counts: BalancerMetrics) -> None:
        self.on_metrics(region, counts)

    def _pass_exit(self, instance_id: str, status: int) -> None:
        self.on_exit(instance_id, status)

    def _pass_report(self, region: str, instance_id: str, report: InstanceReport) -> None:
        self.on_report(region, instance_id, report)

    def _pass_target_health(self, region: str) -> None:
        self.on_target_health(region)

    def _balancer(self, region: str) -> Balancer:
        if region not in self._balancers:
            raise DataPlaneError(f"there is no balancer in {region}")
        return self._balancers[region]

    @staticmethod
    def _running(part: Part | None) -> Part:
        if part is None:
            raise DataPlaneError("the data plane is not running")
        return part


def _data_directory(slot: int) -> Path:
    # In memory if there is room. What an earlier lab of this slot left, because even its guardian was killed, goes.
    roomy = _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _ENOUGH_BYTES
    parent = _SHARED_MEMORY if roomy else Path(tempfile.gettempdir())
    prefix = f"drill-{os.geteuid()}-{slot}-"
    for stale in parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    path = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    path.chmod(0o711)  # as root the databases run under another uid
    return path
