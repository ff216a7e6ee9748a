"""Standbys in a second zone: RDS Multi-AZ instances and Aurora clusters, their failover, and who watches over them."""

import asyncio
import contextlib
import logging
import struct
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from harness.lab.addresses import DATABASE_PORT
from harness.lab.control.answer import AwsError
from harness.lab.control.databases import Database, Databases
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.control.tagging import Resource
from harness.lab.names import cluster_name, cluster_of, reader_name
from harness.lab.plane import DataPlaneError, PairState

log = logging.getLogger("lab.standbys")

WATCH_BEAT, MOST_MISSED = 5, 3  # model seconds between two looks; looks in a row without an answer
_ANSWER_S = 1.0  # real seconds
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@dataclass(slots=True, kw_only=True)
class Cluster:
    """An Aurora cluster: a writer and a reader. `pair` is what the data plane calls it."""

    identifier: str
    region: str
    pair: str
    status: str = "available"
    tags: dict[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "db-cluster"

    @property
    def arn(self) -> str:
        """The ARN of the cluster."""
        return f"arn:aws:rds:{self.region}:{ACCOUNT}:cluster:{self.identifier}"


class Standbys:
    """Fails over when it is asked to, and when a writer is out of reach; keeps standbys in sync."""

    def __init__(self, lab: Lab, databases: Databases) -> None:
        self.lab, self.databases = lab, databases
        self.clusters: dict[str, Cluster] = {}
        self._missed: Counter[tuple[str, str]] = Counter()
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def adopt(self, tags: Mapping[str, str]) -> None:
        """Take the pairs that the data plane started with as clusters, where they are such."""
        for identifier, pair in self.lab.plane.pairs().items():
            if pair.members:
                name = cluster_of(pair.region)
                self.clusters[name] = Cluster(identifier=name, region=pair.region, pair=identifier, tags=dict(tags))
                self.databases.clusters.update(dict.fromkeys(pair.members, name))

    def find(self, region: str, identifier: str) -> Cluster:
        """A cluster of a region, by identifier or ARN."""
        cluster = self.clusters.get(identifier.rpartition(":")[2])
        if cluster is None or cluster.region != region:
            raise AwsError("DBClusterNotFoundFault", f"DBCluster {identifier} not found.")
        return cluster

    def endpoints(self) -> dict[str, str]:
        """The address of each endpoint name of a cluster, for DNS. Without a reader the writer answers for it."""
        found = {}
        for cluster in list(self.clusters.values()):
            pair = self.lab.plane.pairs()[cluster.pair]
            where = self.lab.addresses.database_in
            found[cluster_name(cluster.identifier, cluster.region)] = where(pair.writer_zone)
            zone = pair.standby_zone if pair.in_sync else pair.writer_zone
            found[reader_name(cluster.identifier, cluster.region)] = where(zone)
        return found

    # Failover, when asked for. Refused at once or begun; the coroutine ends when the new writer takes writes.

    def fail_over(self, database: Database) -> Coroutine[Any, Any, None]:
        """Reboot a Multi-AZ instance with failover."""
        pair = self.lab.plane.pairs().get(database.identifier)
        if pair is None or pair.members:
            raise AwsError(
                "InvalidParameterCombination",
                "ForceFailover cannot be specified since the instance is not configured for Multi-AZ",
            )
        self.databases.available(database)
        return self._fail_over_instance(database, "rebooting")

    def fail_over_cluster(self, cluster: Cluster, target: str | None = None) -> Coroutine[Any, Any, None]:
        """Make the reader of a cluster its writer."""
        reader = next(i for i, role in self.members(cluster).items() if role == "reader")
        if target is not None and target.rpartition(":")[2] != reader:
            raise AwsError("InvalidDBInstanceState", f"{target} is not a reader of {cluster.identifier}")
        if cluster.status != "available":
            raise AwsError("InvalidDBClusterStateFault", f"{cluster.identifier} is {cluster.status}")
        return self._fail_over_cluster(cluster, reader)

    async def _fail_over_instance(self, database: Database, status: str) -> None:
        what = "Multi-AZ instance failover"
        words = (f"{what} started.", f"{what} failed", f"{what} completed.")
        await self._fail_over(database, database.identifier, status, words)

    async def _fail_over_cluster(self, cluster: Cluster, reader: str) -> None:
        words = (
            f"Started cross AZ failover to DB instance: {reader}",
            f"Failover to DB instance {reader} failed",
            f"Completed failover to DB instance: {reader}",
        )
        await self._fail_over(cluster, cluster.pair, "failing-over", words)

    async def _fail_over(
        self, subject: Database | Cluster, pair: str, status: str, words: tuple[str, str, str]
    ) -> None:
        """Exchange the servers of a pair, and tell of its beginning, failure and end."""
        started, failed, completed = words
        subject.status = status
        self.databases.tell(subject, "failover", started)
        try:
            await self._exchange(pair)
        except DataPlaneError as error:
            self.databases.tell(subject, "failure", f"{failed}: {error}")
            raise
        finally:
            subject.status = "available"
        self.databases.tell(subject, "failover", completed)

    async def _exchange(self, pair: str) -> None:
        """Fail over, once nothing else is being done to the pair. Then the old writer becomes the standby."""
        await self._turns[pair].acquire()
        try:
            await self.lab.plane.fail_over(pair)
        except BaseException:
            self._turns[pair].release()
            raise
        self.lab.spawn(self._work(pair, self.lab.plane.restore_standby))

    # Watching

    async def run(self) -> None:
        """Watch over every pair, for ever."""
        await self.lab.every(WATCH_BEAT, self._look)

    async def _look(self) -> None:
        await asyncio.gather(*(self._look_at(name, pair) for name, pair in self.lab.plane.pairs().items()))

    async def _look_at(self, name: str, pair: PairState) -> None:
        answers = await asyncio.gather(self._answers(pair.writer_zone), self._answers(pair.standby_zone))
        if self._turns[name].locked() or self.lab.plane.pairs().get(name) != pair:
            return
        writer, standby = answers
        writer_lost, standby_lost = self._lost(name, "writer", writer), self._lost(name, "standby", standby)
        if writer and not pair.in_sync and not standby_lost:
            await self._turns[name].acquire()
            await self._work(name, self.lab.plane.restore_standby)
        elif writer and pair.in_sync and standby_lost:
            await self._turns[name].acquire()
            await self._work(name, self.lab.plane.give_standby_up)
        elif writer_lost and standby and pair.in_sync:
            await self._fail_over_unasked(name, pair)

    def _lost(self, name: str, part: str, answers: bool) -> bool:
        self._missed[name, part] = 0 if answers else self._missed[name, part] + 1
        return self._missed[name, part] >= MOST_MISSED

    async def _fail_over_unasked(self, name: str, pair: PairState) -> None:
        log.info("the writer of %s does not answer", name)
        with contextlib.suppress(DataPlaneError, AwsError):
            if pair.members:
                await self.fail_over_cluster(next(c for c in self.clusters.values() if c.pair == name))
            else:
                await self._fail_over_instance(self.databases.known[name], "available")

    async def _work(self, name: str, work: Callable[[str], Awaitable[None]]) -> None:
        """Do something to a pair whose turn this is, and end the turn."""
        try:
            await work(name)
        except DataPlaneError as error:
            log.info("the standby of %s: %s", name, error)
        finally:
            self._turns[name].release()

    async def _answers(self, zone: str) -> bool:
        """Whether the server in a zone answers over the network."""
        lab, writer = self.lab, None
        try:
            async with asyncio.timeout(_ANSWER_S):
                where = lab.addresses.database_in(zone)
                here = (lab.addresses.everybody_else, 0)
                reader, writer = await asyncio.open_connection(where, DATABASE_PORT, local_addr=here)
                writer.write(_SSL_REQUEST)
                return bool(await reader.read(1))
        except (OSError, TimeoutError):
            return False
        finally:
            if writer is not None:
                writer.close()

    # Words

    def tagged(self, region: str) -> Iterator[Resource]:
        """The clusters of a region."""
        for cluster in list(self.clusters.values()):
            if cluster.region == region:
                yield Resource(arn=cluster.arn, type="rds:cluster", tags=cluster.tags)

    def members(self, cluster: Cluster) -> dict[str, str]:
        """The role of each member of a cluster: primary (its writer) or reader."""
        states = self.lab.plane.databases()
        return {member: states[member].role for member in self.lab.plane.pairs()[cluster.pair].members}

    def describe(self, cluster: Cluster) -> dict[str, Any]:
        """A cluster in the words of DescribeDBClusters."""
        return {
            "DBClusterIdentifier": cluster.identifier,
            "DBClusterArn": cluster.arn,
            "DbClusterResourceId": f"cluster-{cluster.identifier.upper()}",
            "Status": cluster.status,
            "Engine": "aurora-postgresql",
            "EngineVersion": "16",
            "DatabaseName": "storefront",
            "MasterUsername": "storefront",
            "Endpoint": cluster_name(cluster.identifier, cluster.region),
            "ReaderEndpoint": reader_name(cluster.identifier, cluster.region),
            "Port": DATABASE_PORT,
            "MultiAZ": True,
            "AvailabilityZones": list(self.lab.recipe.zones(cluster.region)),
            "DBClusterMembers": [
                {"DBInstanceIdentifier": name, "IsClusterWriter": role == "primary", "PromotionTier": 1}
                for name, role in self.members(cluster).items()
            ],
            "TagList": [{"Key": name, "Value": value} for name, value in cluster.tags.items()],
        }
