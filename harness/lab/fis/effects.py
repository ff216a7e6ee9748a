"""What actions may do to the lab, one concern of the stack a part; actions name the part that they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol

from harness.lab.network.rule import Rule


class Instances(Protocol):
    """EC2 instances, by id."""

    async def stop(self, ids: Sequence[str]) -> None: ...
    async def start(self, ids: Sequence[str]) -> None: ...
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


class Databases(Protocol):
    """Database instances, by region and identifier. Raises ActionFailed when RDS refuses."""

    async def reboot(self, region: str, identifier: str) -> None: ...


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


class Tables(Protocol):
    """DynamoDB global tables by name: pauses of the replication to and from a region."""

    def pause(self, name: str, region: str, tables: Sequence[str]) -> None: ...
    def resume(self, name: str) -> None: ...


class Tasks(Protocol):
    """ECS tasks by id, clusters by name. Raises ActionFailed when a task does not run, or nothing can be drained."""

    def stop(self, region: str, ids: Sequence[str], reason: str) -> None: ...
    def drain(self, name: str, region: str, cluster: str, percentage: float) -> None: ...
    def activate(self, name: str) -> None: ...


class Alarms(Protocol):
    """Alarms by ARN; no state where there is no such alarm."""

    def state(self, arn: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All parts."""

    instances: Instances
    buckets: Buckets
    databases: Databases
    network: Network
    tasks: Tasks
    alarms: Alarms
    tables: Tables
