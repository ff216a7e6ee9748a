"""RDS databases: real servers of the data plane, with the roles, states and lag that they really have."""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from harness.lab.addresses import DATABASE_PORT
from harness.lab.control.alarms import Alarms
from harness.lab.control.answer import AwsError
from harness.lab.control.lab import Lab, now
from harness.lab.control.metrics import datum, key
from harness.lab.control.records import ACCOUNT
from harness.lab.names import endpoint_name
from harness.lab.plane import DatabaseState, DataPlaneError

log = logging.getLogger("lab.databases")

_LAG_TIMEOUT = 1.0  # real seconds
LAG_BEAT = 5  # model seconds between two readings of replica lag


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of DescribeEvents."""

    at: datetime
    identifier: str
    region: str
    category: str
    message: str
    source: str = "db-instance"


class Told(Protocol):
    """What events can be about."""

    identifier: str
    region: str
    kind: ClassVar[str]


@dataclass(slots=True, kw_only=True)
class Database:
    """What RDS knows of a database besides what its server is. `lag` is real seconds, none when not streaming."""

    identifier: str
    region: str
    status: str = "available"
    lag: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    kind: ClassVar[str] = "db-instance"

    @property
    def arn(self) -> str:
        """The ARN of the database."""
        return f"arn:aws:rds:{self.region}:{ACCOUNT}:db:{self.identifier}"


class Databases:
    """Carries out what RDS is asked, and reads how far replicas are behind."""

    def __init__(self, lab: Lab, alarms: Alarms) -> None:
        self.lab, self.alarms = lab, alarms
        self.known: dict[str, Database] = {}
        self.clusters: dict[str, str] = {}  # identifier of a member -> that of its cluster
        self.events: deque[Event] = deque(maxlen=1000)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def adopt(self, tags: Mapping[str, str]) -> None:
        """Take the servers that the data plane started with as databases."""
        for identifier, state in self.lab.plane.databases().items():
            self.known[identifier] = Database(identifier=identifier, region=state.region, tags=dict(tags))

    def find(self, region: str, identifier: str) -> Database:
        """A database of a region, by identifier or ARN."""
        database = self.known.get(identifier.rpartition(":")[2])
        if database is None or database.region != region:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.")
        return database

    def endpoints(self) -> dict[str, str]:
        """The address of each endpoint name, for DNS."""
        servers = self.lab.plane.databases()
        return {
            endpoint_name(d.identifier, d.region): servers[d.identifier].address
            for d in list(self.known.values())
            if d.identifier in servers
        }

    def server(self, identifier: str) -> DatabaseState | None:
        """What the server of a database is; none before it exists."""
        return self.lab.plane.databases().get(identifier)

    # What RDS is asked to do. Each is refused at once or begun: its end shows in the status.

    def promote(self, database: Database) -> None:
        """Make a replica a primary of its own."""
        server = self.available(database)
        if server.role != "replica":
            raise AwsError("InvalidDBInstanceState", f"DB instance {database.identifier} is not a read replica")
        self._begin(database, "modifying", self.lab.plane.promote, "notification", "Promoted Read Replica")

    def reboot(self, database: Database) -> Coroutine[Any, Any, None]:
        """Restart the server in place; the coroutine, which the caller runs, ends with the restart."""
        self.available(database)
        database.status = "rebooting"
        return self._work(database, "rebooting", self.lab.plane.reboot, "availability", "DB instance restarted")

    def delete(self, database: Database) -> None:
        """End a database and its data."""
        if database.status == "deleting":
            raise AwsError("InvalidDBInstanceState", f"Instance {database.identifier} is already being deleted.")
        self._begin(database, "deleting", self.lab.plane.delete_database, "deletion", "DB instance deleted")

    def replicate(self, identifier: str, region: str, source: Database, tags: dict[str, str]) -> Database:
        """Make a replica of a database, in any region."""
        if identifier in self.known:
            raise AwsError("DBInstanceAlreadyExists", f"DB instance {identifier} already exists (in some region)")
        self.available(source)
        database = Database(identifier=identifier, region=region, status="creating", tags=tags)
        self.known[identifier] = database

        async def create(identifier: str) -> None:
            await self.lab.plane.create_replica(identifier, region, source.identifier)

        self._begin(database, "creating", create, "creation", "DB instance created")
        return database

    def available(self, database: Database) -> DatabaseState:
        """The server of a database. Raises AwsError while anything else is done to it."""
        server = self.server(database.identifier)
        if database.status != "available" or server is None:
            raise AwsError("InvalidDBInstanceState", f"Instance {database.identifier} is {database.status}")
        return server

    def _begin(
        self, database: Database, status: str, work: Callable[[str], Awaitable[None]], category: str, message: str
    ) -> None:
        database.status = status
        self.lab.spawn(self._work(database, status, work, category, message))

    async def _work(
        self, database: Database, status: str, work: Callable[[str], Awaitable[None]], category: str, message: str
    ) -> None:
        async with self._turns[database.identifier]:
            database.status = status
            try:
                await work(database.identifier)
            except DataPlaneError as error:
                log.error("%s of %s failed: %s", status, database.identifier, error)
                self.tell(database, "failure", f"{message} failed: {error}")
                if status == "creating":
                    del self.known[database.identifier]
                database.status = "available"
                return
            if status == "deleting":
                self.known.pop(database.identifier, None)
            await self._read_lag(database)
            database.status = "deleted" if status == "deleting" else "available"
            self.tell(database, category, message)

    def tell(self, about: Told, category: str, message: str) -> None:
        """Add an event."""
        at, name, region = now(), about.identifier, about.region
        event = Event(at=at, identifier=name, region=region, category=category, message=message, source=about.kind)
        self.events.append(event)

    # Lag

    async def run(self) -> None:
        """Read the lag of every replica on a beat, for ever."""
        await self.lab.every(LAG_BEAT, self.read_lags)

    async def read_lags(self) -> None:
        """Read the lag of every replica, and put it as AWS/RDS ReplicaLag (real seconds; no datum when unknown)."""
        await asyncio.gather(*(self._read_lag(d) for d in list(self.known.values())))

    async def _read_lag(self, database: Database) -> None:
        server = self.server(database.identifier)
        if server is None or server.role != "replica":
            database.lag = None
            return
        try:
            async with asyncio.timeout(_LAG_TIMEOUT):
                database.lag = await self.lab.plane.replica_lag(database.identifier)
        except (DataPlaneError, TimeoutError):
            database.lag = None
        if database.lag is not None:
            metric = key("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": database.identifier})
            self.alarms.metrics[database.region].put(metric, datum(time.time(), [database.lag], "Seconds"))

    # Words

    def describe(self, database: Database) -> dict[str, Any]:
        """A database in the words of DescribeDBInstances."""
        server = self.server(database.identifier)
        source = self.known.get(server.source) if server and server.role == "replica" and server.source else None
        pair, cluster = self.lab.plane.pairs().get(database.identifier), self.clusters.get(database.identifier)
        multi_az = pair is not None and not pair.members
        dead = database.status == "available" and (server is None or not server.running)
        return {
            "DBInstanceIdentifier": database.identifier,
            "DBInstanceArn": database.arn,
            "DbiResourceId": f"db-{database.identifier.upper()}",
            "DBInstanceClass": "db.t3.micro",
            "Engine": "aurora-postgresql" if cluster else "postgres",
            "EngineVersion": "16",
            "DBInstanceStatus": "failed" if dead else database.status,
            "DBName": "storefront",
            "MasterUsername": "storefront",
            "AllocatedStorage": 20,
            "BackupRetentionPeriod": 1,
            "MultiAZ": multi_az,
            "AvailabilityZone": server.zone if server else None,
            "SecondaryAvailabilityZone": pair.standby_zone if pair and multi_az else None,
            "DBClusterIdentifier": cluster,
            "Endpoint": {"Address": endpoint_name(database.identifier, database.region), "Port": DATABASE_PORT},
            "InstanceCreateTime": database.created,
            "ReadReplicaSourceDBInstanceIdentifier": _named(source, database.region) if source else None,
            "ReadReplicaDBInstanceIdentifiers": [_named(r, database.region) for r in self._replicas(database)],
            "StatusInfos": [_status_info(database)] if server and server.role == "replica" else [],
            "TagList": [{"Key": name, "Value": value} for name, value in database.tags.items()],
        }

    def _replicas(self, database: Database) -> list[Database]:
        servers = self.lab.plane.databases()
        return [
            other
            for identifier, other in list(self.known.items())
            if (s := servers.get(identifier)) and s.role == "replica" and s.source == database.identifier
        ]


def _named(database: Database, region: str) -> str:
    # RDS names a database of another region by its ARN.
    return database.identifier if database.region == region else database.arn


def _status_info(database: Database) -> dict[str, Any]:
    streams = database.lag is not None
    return {
        "StatusType": "read replication",
        "Normal": streams,
        "Status": "replicating" if streams else "error",
        "Message": None if streams else "the replica does not stream from its source",
    }
