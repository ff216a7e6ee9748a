"""An Auto Scaling group."""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.lab import now
from harness.lab.scaling.activity import Activity
from harness.lab.scaling.hook import Hook
from harness.lab.scaling.member import Member
from harness.lab.scaling.warm_pool import WarmPool

LAUNCH, TERMINATE, HEALTH_CHECK, REPLACE = "Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"
REBALANCE, ALARMS, SCHEDULED, REGISTER = "AZRebalance", "AlarmNotification", "ScheduledActions", "AddToLoadBalancer"
REFRESH = "InstanceRefresh"
PROCESSES = (LAUNCH, TERMINATE, REGISTER, ALARMS, REBALANCE, HEALTH_CHECK, REFRESH, REPLACE, SCHEDULED)
NOT_REPLACED = "the lab does not replace unhealthy instances"
UNBALANCED = "the lab leaves instances in the zones where they were launched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How much of a group is On-Demand: so many instances, and this percentage of those above; the rest is Spot."""

    base: int
    percentage: int


@dataclass(slots=True, kw_only=True, eq=False)
class Group:
    """An Auto Scaling group. Spans are model seconds.

    `trigger` says what changed the desired capacity until the change is carried out; `floor` is what a forecast needs.
    """

    name: str
    region: str
    arn: str
    subnets: list[str]
    target_group: str
    balancer: str
    desired: int
    minimum: int = 1
    maximum: int = 12
    boot_time: float = 0.0
    cooldown: float = 0.0
    grace: float = 0.0
    warmup: float | None = None
    health_check: str = "ELB"
    mixture: Mixture | None = None
    warm_pool: WarmPool | None = None
    floor: int = 0
    not_before: float = 0.0  # in the loop's time: when it may launch again
    trigger: str = ""
    created: datetime = field(default_factory=now)
    tags: dict[str, str] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=lambda: {REPLACE: NOT_REPLACED, REBALANCE: UNBALANCED})
    hooks: dict[str, Hook] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()  # the names of the group metrics that are published
    members: dict[str, Member] = field(default_factory=dict)
    pool: dict[str, Member] = field(default_factory=dict)
    activities: deque[Activity] = field(default_factory=lambda: deque(maxlen=1000))

    def staying(self) -> list[Member]:
        """The members that are not being terminated, eldest first."""
        return [m for m in list(self.members.values()) if m.stays]

    def in_service(self) -> list[Member]:
        """The members in service."""
        return [m for m in self.staying() if m.in_service]

    def begin(self, description: str, cause: str, zone: str) -> Activity:
        """Add an activity."""
        activity = Activity(description=description, cause=cause, zone=zone)
        self.activities.appendleft(activity)
        return activity


def warming(member: Member, real_span: float) -> bool:
    """Whether a member came into service less than so many real seconds ago."""
    return time.monotonic() < member.since + real_span
