"""What actions may do to the lab, one concern of the stack a part; actions name the part that they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol

from harness.lab.api_fault import ApiFault
from harness.lab.functions.fault import InvocationFault
from harness.lab.network.rule import Rule
from harness.lab.states import Stress


class Instances(Protocol):
    """EC2 instances, by id."""

    def running(self, ids: Sequence[str]) -> list[str]: ...  # those of them that run, or are about to
    async def stop(self, ids: Sequence[str]) -> None: ...
    async def start(self, ids: Sequence[str]) -> Sequence[str]: ...  # those that cannot: they are terminated
    async def reboot(self, ids: Sequence[str]) -> None: ...
    async def terminate(self, ids: Sequence[str]) -> None: ...


class Buckets(Protocol):
    """S3 buckets by name: pauses of their replication to a region; no destinations or prefixes are all of them.

    Raises ActionFailed when none of them replicates to the region.
    """

    def pause(
        self, name: str, buckets: Sequence[str], region: str, destinations: Sequence[str], prefixes: Sequence[str]
    ) -> None: ...
    def resume(self, name: str) -> None: ...


class Caches(Protocol):
    """ElastiCache replication groups by id; a zone by name or id. Raises ActionFailed when that cannot be."""

    async def power_off(self, region: str, groups: Sequence[str], zone: str) -> None: ...
    async def power_on(self, region: str, groups: Sequence[str], zone: str) -> None: ...


class Databases(Protocol):
    """Database instances and clusters, by region and identifier. Raises ActionFailed when RDS refuses."""

    async def reboot(self, region: str, identifier: str) -> None: ...
    async def fail_over(self, region: str, identifier: str) -> None: ...
    async def fail_over_cluster(self, region: str, identifier: str) -> None: ...


class Groups(Protocol):
    """Auto Scaling groups by ARN: shortages of capacity by name, in zones. Raises ActionFailed for an unknown zone."""

    def run_short(
        self, name: str, region: str, groups: Sequence[str], zones: Sequence[str], percentage: float
    ) -> None: ...
    def suffice(self, name: str) -> None: ...


class Functions(Protocol):
    """Lambda functions: what their invocations meet."""

    def inject(self, name: str, fault: InvocationFault) -> None: ...
    def heal(self, name: str) -> None: ...


class Network(Protocol):
    """Cuts and rules by name, and whom they strike. Raises ActionFailed when the network cannot.

    Places are regions or zones. Of subnets: their zones, and the region when these are all of it. Hosts by zone are its
    place and its databases. Of dynamodb and s3: their endpoints, by service and by VPC endpoint. Peers are the regions
    at the other end of transit gateways. Zones by name or id; addresses of domain names, and of whom a network means.
    """

    async def cut(self, name: str, places: Sequence[str]) -> None: ...
    async def impair(self, name: str, rules: Sequence[Rule]) -> None: ...
    async def mend(self, name: str) -> None: ...
    def regions(self) -> Sequence[str]: ...
    def zones(self, region: str, subnets: Sequence[str]) -> Sequence[str]: ...
    def places(self, region: str, subnets: Sequence[str]) -> Sequence[str]: ...
    def hosts(self, region: str) -> Mapping[str, tuple[str, ...]]: ...
    def endpoint(self, region: str, service: str) -> str: ...
    def services(self, region: str, endpoints: Sequence[str]) -> Sequence[str]: ...
    def peers(self, region: str, gateways: Sequence[str]) -> set[str]: ...
    def zone(self, name: str) -> str | None: ...
    def lookup(self, name: str) -> Sequence[str]: ...
    def network(self, network: IPv4Network) -> Sequence[str]: ...


class Apis(Protocol):
    """Errors by name that API calls get. Raises ActionFailed for an operation or a zone that there is not."""

    def fail(self, name: str, faults: Sequence[ApiFault]) -> None: ...
    def heal(self, name: str) -> None: ...
    def zone_names(self, region: str, asked: Sequence[str]) -> Sequence[str]: ...


class Tables(Protocol):
    """DynamoDB global tables by name: pauses of the replication to and from a region."""

    def pause(self, name: str, region: str, tables: Sequence[str]) -> None: ...
    def resume(self, name: str) -> None: ...


class Tasks(Protocol):
    """ECS tasks by id, clusters by name. Raises ActionFailed when a task does not run, or nothing can be drained."""

    def stop(self, region: str, ids: Sequence[str], reason: str) -> None: ...
    def addresses(self, region: str, ids: Sequence[str]) -> tuple[str, ...]: ...
    async def signal(self, region: str, ids: Sequence[str], signal_name: str) -> None: ...
    async def stress(self, name: str, region: str, ids: Sequence[str], stress: Stress) -> None: ...
    async def relieve(self, name: str) -> None: ...
    def drain(self, name: str, region: str, cluster: str, percentage: float) -> None: ...
    def activate(self, name: str) -> None: ...


class Spot(Protocol):
    """Spot instances by id."""

    async def interrupt(self, ids: Sequence[str]) -> None: ...


class ZonalShifts(Protocol):
    """Resources that ARC manages, by ARN; returns ids of shifts. Raises ActionFailed when nothing can be shifted."""

    def shift(
        self, name: str, region: str, arns: Sequence[str], *, away: str, kinds: Sequence[str], status: str, lasts: float
    ) -> Sequence[str]: ...
    def unshift(self, shifts: Sequence[str]) -> None: ...


class Systems(Protocol):
    """Systems Manager: documents by ARN, parameters in JSON. Raises ActionFailed; cancelling takes a command back."""

    async def command(self, region: str, document: str, parameters: str, ids: Sequence[str]) -> None: ...
    async def automation(self, region: str, document: str, parameters: str) -> None: ...


class Volumes(Protocol):
    """EBS volumes by id: what is wrong with them, by name. Raises ActionFailed when that cannot be."""

    async def pause(self, name: str, volumes: Sequence[str]) -> None: ...
    async def slow(self, name: str, volumes: Sequence[str], milliseconds: float) -> None: ...
    async def mend(self, name: str) -> None: ...


class Alarms(Protocol):
    """Alarms by ARN; no state where there is no such alarm."""

    def state(self, arn: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All parts."""

    instances: Instances
    buckets: Buckets
    caches: Caches
    databases: Databases
    functions: Functions
    network: Network
    tasks: Tasks
    alarms: Alarms
    apis: Apis
    groups: Groups
    spot: Spot
    systems: Systems
    tables: Tables
    volumes: Volumes
    zonal_shifts: ZonalShifts
