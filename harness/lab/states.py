"""What the data plane tells the control plane: records, and the one error."""

from collections.abc import Sequence
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
