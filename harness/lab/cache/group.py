"""A replication group: a primary and a replica in two zones of a region. Replication is asynchronous."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.lab.addresses import CACHE_PORT, Addresses
from harness.lab.cache.node import Node, program
from harness.lab.network.remote import Opening
from harness.lab.postgres.deadline import until
from harness.lab.processes import Nursery
from harness.lab.recipe import Recipe
from harness.lab.states import CacheState, DataPlaneError
from harness.lab.truth import Truth

_SYNC_S = 20.0


@dataclass(slots=True)
class Group:
    """The nodes by zone, and in which zone the primary is."""

    region: str
    nodes: Mapping[str, Node]
    primary: str
    truth: Truth
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def state(self) -> CacheState:
        """The group as it is."""
        return CacheState(
            region=self.region,
            primary_zone=self.primary,
            addresses={zone: node.address for zone, node in self.nodes.items()},
            able=frozenset(zone for zone, node in self.nodes.items() if node.able),
        )

    async def start(self) -> None:
        """Start the primary, then its replica, which has nothing to catch up with."""
        lead = self.nodes[self.primary]
        await lead.start(None)
        for node in self._others(self.primary):
            await node.start(lead.address)

    async def power_off(self, zone: str) -> None:
        """Kill the node in a zone; what only it has is lost."""
        async with self._turn:
            await self.nodes[zone].kill()
            self.truth.write("cache_node_lost", region=self.region, zone=zone, primary=zone == self.primary)

    async def power_on(self, zone: str) -> None:
        """Start the node in a zone again, empty: as a replica while another one lives, else as the primary.

        Returns when it has the data; a replica whose primary is out of reach goes on trying.
        """
        node = self.nodes[zone]
        async with self._turn:
            if node.running:
                return
            if zone == self.primary:
                await self._lead_elsewhere()
            await node.start(None if zone == self.primary else self.nodes[self.primary].address)
            self.truth.write("cache_node_started", region=self.region, zone=zone, primary=zone == self.primary)
        with contextlib.suppress(DataPlaneError):
            await until(lambda: self._catch_up(node), _SYNC_S, f"{node.name} is not in sync")

    async def look(self) -> None:
        """See whether nodes that live have the data by now; finish a failover that was left half done."""
        async with self._turn:
            for node in self.nodes.values():
                if node.running and not node.ready:
                    with contextlib.suppress(DataPlaneError):
                        await self._catch_up(node)

    async def _catch_up(self, node: Node) -> bool:
        if node.zone == self.primary:
            await node.lead()
            node.ready = True
            return True
        return await node.catch_up(self.nodes[self.primary])

    async def fail_over(self) -> None:
        """Make a replica that has the data the primary, and the old primary, if it lives, its replica."""
        async with self._turn:
            if not await self._lead_elsewhere():
                raise DataPlaneError(f"the cache of {self.region} has no replica")

    async def _lead_elsewhere(self) -> bool:
        old = self.nodes[self.primary]
        new = next((node for node in self._others(self.primary) if node.able), None)
        if new is None:
            return False
        if old.running:  # first, so that nobody writes to both
            await old.follow(new.address)
            old.ready = False
        await new.lead()
        self.primary = new.zone
        self.truth.write("cache_failed_over", region=self.region, zone=old.zone, to=new.zone)
        return True

    def _others(self, zone: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.zone != zone]


@dataclass(slots=True)
class Caches:
    """The groups by region."""

    groups: Mapping[str, Group]

    @classmethod
    def make(cls, recipe: Recipe, addresses: Addresses, data: Path, nursery: Nursery, truth: Truth) -> "Caches":
        """A group in each region, not started. Raises DataPlaneError when there is no server to be started."""
        server, groups = program(), dict[str, Group]()
        for region in recipe.regions:
            zones = recipe.zones(region)[:2]
            nodes = {}
            for zone in zones:
                name = f"cache-{zone}"
                nodes[zone] = Node(
                    name=name,
                    zone=zone,
                    address=addresses.cache_in(zone),
                    data=data / name,
                    nursery=nursery,
                    program=server,
                )
            groups[region] = Group(region, nodes, zones[0], truth)
        return cls(groups)

    def doors(self) -> list[Opening]:
        """Where the nodes are dialed."""
        return [(node.address, CACHE_PORT, None) for group in self.groups.values() for node in group.nodes.values()]

    async def start(self) -> None:
        """Start every group; the network must be there, for replicas follow over it."""
        await asyncio.gather(*(group.start() for group in self.groups.values()))

    def states(self) -> Mapping[str, CacheState]:
        """The groups as they are, by region."""
        return {region: group.state() for region, group in self.groups.items()}

    def group(self, region: str) -> Group:
        """The group of a region."""
        if region not in self.groups:
            raise DataPlaneError(f"{region} has no cache")
        return self.groups[region]
