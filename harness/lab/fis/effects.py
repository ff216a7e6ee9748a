"""What actions may do to the lab, one concern of the stack a part; actions name the part that they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Instances(Protocol):
    """EC2 instances, by id."""

    async def stop(self, ids: Sequence[str]) -> None: ...
    async def start(self, ids: Sequence[str]) -> None: ...
    async def reboot(self, ids: Sequence[str]) -> None: ...
    async def terminate(self, ids: Sequence[str]) -> None: ...


class Databases(Protocol):
    """Database instances and clusters, by region and identifier. Raises ActionFailed when RDS refuses."""

    async def reboot(self, region: str, identifier: str) -> None: ...
    async def fail_over(self, region: str, identifier: str) -> None: ...
    async def fail_over_cluster(self, region: str, identifier: str) -> None: ...


class Network(Protocol):
    """Cuts by name; places are regions or zones. Raises ActionFailed when the network cannot."""

    async def cut(self, name: str, places: Sequence[str]) -> None: ...
    async def mend(self, name: str) -> None: ...
    def places(self, region: str, subnets: Sequence[str]) -> Sequence[str]: ...


class Alarms(Protocol):
    """Alarms by ARN; no state where there is no such alarm."""

    def state(self, arn: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All parts."""

    instances: Instances
    databases: Databases
    network: Network
    alarms: Alarms
