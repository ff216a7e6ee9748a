"""The data plane as the control plane sees it: instances, balancers, network and databases, all real processes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.lab.recipe import Recipe
from harness.lab.truth import Truth


class DataPlaneError(Exception):
    """The data plane could not do what it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """What a balancer thinks of a target, in the words of ALB; reason and description are empty when healthy."""

    state: str  # initial | healthy | unhealthy | draining
    reason: str = ""  # Elb.InitialHealthChecking, Target.Timeout, ...
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerMetrics:
    """What a balancer counted since the last report. Response times are real seconds, one a request."""

    request_count: int = 0
    target_2xx: int = 0
    target_4xx: int = 0
    target_5xx: int = 0
    elb_5xx: int = 0
    response_times: Sequence[float] = field(default_factory=tuple)
    healthy_hosts: int = 0
    unhealthy_hosts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """A database server: role is primary or replica, source the identifier that a replica was made to follow."""

    region: str
    role: str
    source: str | None
    running: bool


class DataPlane:
    """The data plane of one lab. Every call is idempotent; calls raise DataPlaneError, and belong in one event loop."""

    cut_method: str = "stalled streams"  # or "dropped packets": how cuts are made; known after start

    def __init__(self, recipe: Recipe, slot: int, directory: Path, truth: Truth) -> None:
        self.recipe, self.slot, self.directory, self.truth = recipe, slot, directory, truth
        self.on_metrics: Callable[[str, BalancerMetrics], None] = lambda region, metrics: None
        self.on_target_health: Callable[[str], None] = lambda region: None

    async def start(self) -> None:
        """Start the network, the databases (streaming) and the balancers; no instances."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End every process and remove the data; the lab directory itself (truth logs) stays its owner's."""
        raise NotImplementedError

    async def start_instance(self, instance_id: str, region: str, zone: str) -> str:
        """Start an app instance; returns its address when its port listens."""
        raise NotImplementedError

    async def stop_instance(self, instance_id: str) -> None:
        """Kill an app instance: its connections die."""
        raise NotImplementedError

    async def set_targets(self, region: str, targets: Mapping[str, str]) -> None:
        """Give a balancer its targets, instance id -> address; those left out drain."""
        raise NotImplementedError

    def target_health(self, region: str) -> Mapping[str, TargetHealth]:
        """The health of the targets of a region by instance id, draining ones too."""
        raise NotImplementedError

    async def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate regions or zones: drop everything between each of them and any other place, until `mend(name)`.

        Inside a cut region the hops between its subnets (balancer, instances, database) are dropped too.
        """
        raise NotImplementedError

    async def mend(self, name: str) -> None:
        """Take a cut away. What was in flight arrives where both ends are still there."""
        raise NotImplementedError

    def databases(self) -> Mapping[str, DatabaseState]:
        """The database servers by identifier; at start `storefront-<region>` for each region."""
        raise NotImplementedError

    async def promote(self, identifier: str) -> None:
        """Promote a replica; returns when it takes writes."""
        raise NotImplementedError

    async def reboot(self, identifier: str) -> None:
        """Restart a database server in place."""
        raise NotImplementedError

    async def delete_database(self, identifier: str) -> None:
        """End a server and remove its data. Orders that only it holds go to the truth log as `lost_rows`."""
        raise NotImplementedError

    async def create_replica(self, identifier: str, region: str, source: str) -> None:
        """Make a replica by a base backup over the network; it streams on return."""
        raise NotImplementedError

    async def replica_lag(self, identifier: str) -> float | None:
        """How far a replica is behind its source, in real seconds; none when it does not stream."""
        raise NotImplementedError
