"""What actions may do to the lab, one concern of the stack a part; actions name the part that they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.lab.functions.fault import InvocationFault


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


class Functions(Protocol):
    """Lambda functions: what their invocations meet."""

    def inject(self, name: str, fault: InvocationFault) -> None: ...
    def heal(self, name: str) -> None: ...


class Network(Protocol):
    """Cuts by name; places are regions or zones. Raises ActionFailed when the network cannot."""

    async def cut(self, name: str, places: Sequence[str]) -> None: ...
    async def mend(self, name: str) -> None: ...
    def places(self, region: str, subnets: Sequence[str]) -> Sequence[str]: ...


class Tables(Protocol):
    """DynamoDB global tables by name: pauses of the replication to and from a region."""

    def pause(self, name: str, region: str, tables: Sequence[str]) -> None: ...
    def resume(self, name: str) -> None: ...


class Alarms(Protocol):
    """Alarms by ARN; no state where there is no such alarm."""

    def state(self, arn: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All parts."""

    instances: Instances
    buckets: Buckets
    databases: Databases
    functions: Functions
    network: Network
    alarms: Alarms
    tables: Tables
