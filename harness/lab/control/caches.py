"""ElastiCache replication groups: who is primary, failover when a primary is out of reach, power cuts by FIS."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.lab.addresses import CACHE_PORT
from harness.lab.cache.resp import Refused, Session
from harness.lab.control import records
from harness.lab.control.answer import AwsError
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.control.tagging import Resource
from harness.lab.fis.action import ActionFailed
from harness.lab.fis.targets import Candidate
from harness.lab.names import cache_name
from harness.lab.plane import DataPlaneError
from harness.lab.states import CacheState

log = logging.getLogger("lab.caches")

WATCH_BEAT, MOST_MISSED = 5, 3  # model seconds between two looks; looks in a row without an answer
_ANSWER_S = 1.0  # real seconds


def group_id(region: str) -> str:
    """The id of the replication group of a region."""
    return f"storefront-{region}"


def group_arn(region: str) -> str:
    """The ARN of the replication group of a region."""
    return f"arn:aws:elasticache:{region}:{ACCOUNT}:replicationgroup:{group_id(region)}"


class Caches:
    """Watches over the groups, and does to them what is asked."""

    def __init__(self, lab: Lab, tags: Mapping[str, str]) -> None:
        self.lab, self.tags = lab, dict(tags)
        self._missed: Counter[str] = Counter()

    def find(self, region: str, id: str) -> CacheState:
        """The group of a region. Raises AwsError when it is not there."""
        state = self.lab.plane.caches().get(region)
        if state is None or id.rpartition(":")[2] != group_id(region):
            raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {id} not found")
        return state

    def endpoints(self) -> dict[str, str]:
        """The address of each primary endpoint, for DNS."""
        groups = self.lab.plane.caches().values()
        return {cache_name(group.region): group.addresses[group.primary_zone] for group in groups}

    def test_failover(self, region: str, id: str) -> None:
        """Begin a failover that somebody asked for."""
        if len(self.find(region, id).able) < 2:
            raise AwsError("InvalidReplicationGroupState", f"{id} has no replica to fail over to")
        self.lab.spawn(self._fail_over(region))

    async def run(self) -> None:
        """Watch over every group, for ever."""
        if self.lab.plane.caches():
            await self.lab.every(WATCH_BEAT, self._look)

    async def _look(self) -> None:
        await asyncio.gather(*map(self._look_at, self.lab.plane.caches().values()))

    async def _look_at(self, group: CacheState) -> None:
        await self.lab.plane.look_at_cache(group.region)
        others = [address for zone, address in group.addresses.items() if zone != group.primary_zone]
        answers = await asyncio.gather(*map(self._answers, [group.addresses[group.primary_zone], *others]))
        key = f"{group.region}/{group.primary_zone}"
        self._missed[key] = 0 if answers[0] else self._missed[key] + 1
        if self._missed[key] >= MOST_MISSED and any(answers[1:]):
            self._missed[key] = 0
            await self._fail_over(group.region)

    async def _fail_over(self, region: str) -> None:
        try:
            await self.lab.plane.fail_over_cache(region)
        except DataPlaneError as error:
            log.info("the cache of %s: %s", region, error)

    async def _answers(self, address: str) -> bool:
        """Whether a node answers over the network."""
        session = None
        try:
            async with asyncio.timeout(_ANSWER_S):
                session = await Session.open(address, CACHE_PORT, self.lab.addresses.everybody_else)
                return await session.ask("PING") == "PONG"
        except (OSError, TimeoutError, Refused):
            return False
        finally:
            if session is not None:
                session.close()

    # FIS

    def found(self, region: str) -> Iterator[Candidate]:
        """The group of a region, once for each zone in which it has a node."""
        group = self.lab.plane.caches().get(region)
        for zone in group.addresses if group else ():
            described = self.describe(region)
            yield Candidate(arn=group_arn(region), tags=self.tags, zone=zone, attributes=described)

    def _zone(self, region: str, named: str) -> str:
        with self.lab.lock:
            ids = records.zone_ids(region)
        return next((name for name, id in ids.items() if id == named), named)

    async def power_off(self, region: str, groups: Sequence[str], zone: str) -> None:
        """Kill the nodes in a zone, given by name or id. Raises ActionFailed when they are dead already."""
        name = self._zone(region, zone)
        for id in groups:
            state = self.lab.plane.caches().get(region)
            if state is None or id != group_id(region) or name not in state.able:
                raise ActionFailed(f"{id} has no living node in {zone}")
            await self.lab.finish(self.lab.plane.cache_power_off(region, name))

    async def power_on(self, region: str, groups: Sequence[str], zone: str) -> None:
        """Start the nodes in a zone again."""
        name, state = self._zone(region, zone), self.lab.plane.caches().get(region)
        if groups and state is not None and name in state.addresses:
            await self.lab.finish(self.lab.plane.cache_power_on(region, name))

    # Words

    def tagged(self, region: str) -> Iterator[Resource]:
        """The group of a region."""
        if region in self.lab.plane.caches():
            yield Resource(arn=group_arn(region), type="elasticache:replicationgroup", tags=self.tags)

    def describe(self, region: str) -> dict[str, Any]:
        """The group of a region in the words of DescribeReplicationGroups."""
        group = self.lab.plane.caches()[region]
        return {
            "ReplicationGroupId": group_id(region),
            "Description": "the carts of the storefront",
            "ARN": group_arn(region),
            "Engine": "valkey",
            "Status": "available",
            "AutomaticFailover": "enabled",
            "MultiAZ": "enabled",
            "ClusterEnabled": False,
            "MemberClusters": [_member(zone) for zone in group.addresses],
            "NodeGroups": [self._node_group(group)],
        }

    def _node_group(self, group: CacheState) -> dict[str, Any]:
        whole = len(group.able) == len(group.addresses)
        return {
            "NodeGroupId": "0001",
            "Status": "available" if whole else "modifying",
            "PrimaryEndpoint": {"Address": cache_name(group.region), "Port": CACHE_PORT},
            "NodeGroupMembers": [
                {
                    "CacheClusterId": _member(zone),
                    "CacheNodeId": "0001",
                    "PreferredAvailabilityZone": zone,
                    "CurrentRole": "primary" if zone == group.primary_zone else "replica",
                    "ReadEndpoint": {"Address": address, "Port": CACHE_PORT},
                }
                for zone, address in group.addresses.items()
            ],
        }


def _member(zone: str) -> str:
    return f"storefront-{zone}"
