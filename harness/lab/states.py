"""What the data plane tells the control plane: records, and the one error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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
    """What a balancer counted since the last report.

    `response_times` are real seconds, rounded to three digits, each with how often it was; `response_total` is not
    rounded.
    """

    request_count: int = 0
    target_2xx: int = 0
    target_3xx: int = 0
    target_4xx: int = 0
    target_5xx: int = 0
    elb_502: int = 0
    elb_503: int = 0
    elb_504: int = 0
    connection_errors: int = 0  # to targets
    new_connections: int = 0
    active_connections: int = 0
    not_sticky: int = 0  # requests that got a target by turn although sessions are sticky
    response_times: Sequence[tuple[float, int]] = field(default_factory=tuple)
    response_total: float = 0.0
    healthy_hosts: int = 0
    unhealthy_hosts: int = 0

    @property
    def elb_5xx(self) -> int:
        """How many answers with a status of 500 or more are the balancer's own."""
        return self.elb_502 + self.elb_503 + self.elb_504


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceReport:
    """What an instance did since its last report. `cpu_percent` is of its virtual CPU, none where it has none."""

    cpu_percent: float | None
    orders: int
    revenue_cents: int
    carts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """A database server: role is primary, replica or reader (of a cluster), source the identifier that it follows.

    `address` is where its endpoint is; `zone` is where a server is that counts as being in one.
    """

    region: str
    role: str
    source: str | None
    running: bool
    address: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairState:
    """A database of two servers. While `in_sync` the standby has every commit that was acknowledged.

    `members` are the databases of a cluster; a Multi-AZ instance is one database and has none.
    """

    region: str
    members: tuple[str, ...]
    writer_zone: str
    standby_zone: str
    in_sync: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """What presses on an instance. Percentages are of its CPU, its memory, its disk, and what is free of its disk.

    `io_workers` write and fsync files that together take `io_percent` of the disk's free space.
    """

    cpu_percent: int = 0
    cpu_workers: int = 1
    memory_percent: int = 0
    io_workers: int = 0
    io_percent: int = 80
    disk_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheState:
    """A replication group: the zone of its primary, its nodes' addresses by zone, and which live and have the data."""

    region: str
    primary_zone: str
    addresses: Mapping[str, str]
    able: frozenset[str]
