"""An ECS cluster of the lab: three container instances, one a zone, and one service."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.lab import now
from harness.lab.control.records import ACCOUNT
from harness.lab.ecs.task import Task, new_id

ACTIVE, DRAINING = "ACTIVE", "DRAINING"
SERVICE = "storefront"
_MOST_EVENTS, _MOST_STOPPED = 100, 100


@dataclass(slots=True, kw_only=True, eq=False)
class Host:
    """A container instance: a record that tasks are placed on. `turn` is when it was last chosen."""

    arn: str
    zone: str
    tags: dict[str, str]
    status: str = ACTIVE
    turn: int = 0
    registered: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of what a service did."""

    message: str
    id: str = field(default_factory=new_id)
    at: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True, eq=False)
class Service:
    """A service and how many tasks it should have."""

    arn: str
    desired: int
    target_group: str
    subnets: Mapping[str, str]  # zone -> subnet id
    tags: dict[str, str]
    created: datetime = field(default_factory=now)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=_MOST_EVENTS))
    failures: int = 0  # rounds of launches in a row of which no task was ever healthy
    not_before: float = 0.0  # in the loop's time: when it may launch again
    steady: bool = False

    def say(self, message: str) -> None:
        """Add an event."""
        self.events.appendleft(Event(message=f"(service {SERVICE}) {message}"))


@dataclass(slots=True, kw_only=True, eq=False)
class Cluster:
    """A cluster. `tasks` are those that are not STOPPED yet; `stopped` the last ones that are."""

    name: str
    region: str
    arn: str
    service: Service
    hosts: list[Host]
    tags: dict[str, str]
    tasks: dict[str, Task] = field(default_factory=dict)
    stopped: deque[Task] = field(default_factory=lambda: deque(maxlen=_MOST_STOPPED))
    turns: int = 0

    def staying(self) -> list[Task]:
        """The tasks that nobody stops, eldest first."""
        return [task for task in list(self.tasks.values()) if task.stop is None]

    def find(self, id: str) -> Task | None:
        """The task with an id or an ARN, stopped or not."""
        wanted = id.rpartition("/")[2]
        return self.tasks.get(wanted) or next((t for t in list(self.stopped) if t.id == wanted), None)

    def new_task(self, host: Host) -> Task:
        """A task on a container instance, still PROVISIONING."""
        self.turns += 1
        id, host.turn = new_id(), self.turns
        managed = {"aws:ecs:clusterName": self.name, "aws:ecs:serviceName": SERVICE}
        task = Task(
            id=id,
            arn=f"arn:aws:ecs:{self.region}:{ACCOUNT}:task/{self.name}/{id}",
            region=self.region,
            zone=host.zone,
            host=host.arn,
            tags={**self.service.tags, **managed, "region": self.region},
        )
        self.tasks[id] = task
        return task


def new_cluster(
    region: str, desired: int, target_group: str, subnets: Mapping[str, str], tags: Mapping[str, str]
) -> Cluster:
    """The cluster of a region, as it is deployed: no task runs yet."""
    name, prefix = f"storefront-{region}", f"arn:aws:ecs:{region}:{ACCOUNT}"
    service = Service(
        arn=f"{prefix}:service/{name}/{SERVICE}",
        desired=desired,
        target_group=target_group,
        subnets=subnets,
        tags=dict(tags),
    )
    hosts = [Host(arn=f"{prefix}:container-instance/{name}/{new_id()}", zone=zone, tags=dict(tags)) for zone in subnets]
    return Cluster(
        name=name, region=region, arn=f"{prefix}:cluster/{name}", service=service, hosts=hosts, tags=dict(tags)
    )
