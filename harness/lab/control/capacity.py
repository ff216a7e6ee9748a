"""Auto Scaling groups: as many instances as desired, spread over the zones.

Replacement of unhealthy instances is suspended: an instance that was stopped (by FIS or by hand) stays a member, and
its group does not replace it. An instance that is terminated leaves its group and is replaced.
"""

import asyncio
import logging
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.lab.control.instances import Instance, Instances
from harness.lab.control.lab import Lab, now
from harness.lab.control.records import INSTANCE_TYPE
from harness.lab.control.shortages import Shortage, Shortages
from harness.lab.control.targets import Targets
from harness.lab.control.zone_names import NoSuchZone, zone_names
from harness.lab.fis.action import ActionFailed
from harness.lab.plane import DataPlaneError

log = logging.getLogger("lab.capacity")

SUSPENDED = "the lab does not replace unhealthy instances"
UNBALANCED = "the lab leaves instances in the zones where they were launched"


@dataclass(slots=True, kw_only=True)
class Member:
    """An instance of a group and where it is in its life: Pending, InService, Terminating."""

    instance: Instance
    lifecycle: str = "Pending"


@dataclass(slots=True, kw_only=True)
class Activity:
    """One launch or termination."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    description: str
    cause: str
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    status: str = "InProgress"
    message: str = ""


@dataclass(slots=True, kw_only=True)
class Group:
    """An Auto Scaling group."""

    name: str
    region: str
    arn: str
    subnets: list[str]
    target_group: str
    desired: int
    minimum: int = 1
    maximum: int = 12
    created: datetime = field(default_factory=now)
    tags: dict[str, str] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    activities: deque[Activity] = field(default_factory=lambda: deque(maxlen=100))

    def staying(self) -> list[Member]:
        """The members that are not being terminated."""
        return [m for m in list(self.members.values()) if m.lifecycle != "Terminating"]


def by_need(zones: tuple[str, ...], taken: list[str]) -> list[str]:
    """The zones, those with the fewest instances first."""
    return sorted(zones, key=taken.count)


def victims(members: list[Member], surplus: int) -> list[Member]:
    """Who leaves when a group shrinks: those of the fullest zone first, of these the youngest."""
    left, gone = list(members), []
    for _ in range(surplus):
        zones = [m.instance.zone for m in left]
        leaving = max(enumerate(left), key=lambda pair: (zones.count(pair[1].instance.zone), pair[0]))[1]
        left.remove(leaving)
        gone.append(leaving)
    return gone


def failed_launch(zone: str) -> Activity:
    """A launch in a zone that has no capacity, as a group reports it."""
    lacks = f"We currently do not have sufficient {INSTANCE_TYPE} capacity in the Availability Zone you requested"
    because = f"{lacks} ({zone}). Launching EC2 instance failed."
    cause = "an instance was launched in response to a difference between desired and actual capacity"
    description = f"Launching a new EC2 instance.  Status Reason: {because}"
    return Activity(description=description, cause=cause, ended=now(), status="Failed", message=because)


class Capacity:
    """Reconciles each group with its desired capacity."""

    def __init__(self, lab: Lab, instances: Instances, targets: Targets) -> None:
        self.lab, self.instances, self.targets = lab, instances, targets
        self.groups: dict[str, Group] = {}  # region -> group; none where the storefront runs on ECS
        self.shortages = Shortages(lab)
        self.avoided: Callable[[str], Collection[str]] = lambda region: ()  # zones in which nothing is launched
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def reconcile(self, region: str, cause: str = "a difference between desired and actual capacity") -> None:
        """Launch or terminate what a group lacks or has too much of; returns when launches listen."""
        group = self.groups.get(region)
        if group is None:
            return
        async with self._turns[region]:
            for id, member in list(group.members.items()):
                if member.instance.state in ("shutting-down", "terminated") and member.lifecycle != "Terminating":
                    self._forget(group, id)
            staying = group.staying()
            launched = self._records(group, group.desired - len(staying))
            for member in victims(staying, len(staying) - group.desired):
                member.lifecycle = "Terminating"
                self.lab.spawn(self._terminate(group, member, cause))
            await asyncio.gather(*(self._launch(group, member, cause) for member in launched))
            await self.targets.apply(region)

    def _records(self, group: Group, count: int) -> list[Member]:
        launched: list[Member] = []
        while len(launched) < count and (zone := self._zone(group)):
            tags = {**group.tags, "aws:autoscaling:groupName": group.name}
            instance = self.instances.record(group.region, zone, tags, spot=self._wants_spot(group))
            member = group.members[instance.id] = Member(instance=instance)
            launched.append(member)
        return launched

    def _zone(self, group: Group) -> str | None:
        """Where the next instance is launched: in the zone that needs it most, or the next one that has capacity."""
        taken = [m.instance.zone for m in group.staying()]
        for zone in by_need(self._zones(group.region), taken):
            if not self.shortages.strikes(group.arn, zone):
                return zone
            group.activities.appendleft(failed_launch(zone))
        return None

    def _wants_spot(self, group: Group) -> bool:
        recipe = self.lab.recipe
        on_demand = sum(not m.instance.spot for m in group.staying())
        return recipe.spot_per_region > 0 and on_demand >= recipe.instances_per_region - recipe.spot_per_region

    def run_short(self, name: str, region: str, groups: Sequence[str], zones: Sequence[str], percentage: float) -> None:
        """Have launches of groups (ARNs) in zones fail until `suffice(name)`. Raises ActionFailed."""
        try:
            with self.lab.lock:
                names = zone_names(region, zones)
        except NoSuchZone as error:
            raise ActionFailed(str(error)) from error
        self.shortages.begin(name, Shortage(groups=frozenset(groups), zones=frozenset(names), percentage=percentage))

    def suffice(self, name: str) -> None:
        """End a shortage; the groups launch what they lack."""
        self.shortages.end(name)
        for region in self.groups:
            self.lab.spawn(self.reconcile(region, "capacity is available again"))

    def _zones(self, region: str) -> tuple[str, ...]:
        zones = self.lab.recipe.zones(region)
        return tuple(zone for zone in zones if zone not in self.avoided(region)) or zones

    async def _launch(self, group: Group, member: Member, cause: str) -> None:
        activity = Activity(description=f"Launching a new EC2 instance: {member.instance.id}", cause=cause)
        group.activities.appendleft(activity)
        try:
            await self.instances.boot(member.instance)
        except DataPlaneError as error:
            activity.status, activity.ended = "Failed", now()
            activity.cause = f"{cause}: {error}"
            self._forget(group, member.instance.id)
            return
        self.targets.register(group.region, member.instance.id)
        activity.status, activity.ended = "Successful", now()

    async def _terminate(self, group: Group, member: Member, cause: str) -> None:
        id, region = member.instance.id, group.region
        activity = Activity(description=f"Terminating EC2 instance: {id}", cause=cause)
        group.activities.appendleft(activity)
        self.targets.deregister(region, id)
        await self.targets.apply(region)
        await asyncio.sleep(self.lab.real(self.lab.recipe.deregistration_delay))
        await self.instances.terminate([id])
        group.members.pop(id, None)
        activity.status, activity.ended = "Successful", now()

    def _forget(self, group: Group, id: str) -> None:
        group.members.pop(id, None)
        self.targets.deregister(group.region, id)

    def admit(self, region: str) -> None:
        """Put members whose target is healthy in service."""
        health, group = self.lab.plane.target_health(region), self.groups.get(region)
        for member in group.staying() if group else []:
            seen = health.get(member.instance.id)
            if member.lifecycle == "Pending" and seen is not None and seen.state == "healthy":
                member.lifecycle = "InService"
                self.lab.truth.write("in_service", region=region, instance=member.instance.id)

    def describe(self, group: Group) -> dict[str, Any]:
        """The group in the words of DescribeAutoScalingGroups."""
        return {
            "AutoScalingGroupName": group.name,
            "AutoScalingGroupARN": group.arn,
            "MinSize": group.minimum,
            "MaxSize": group.maximum,
            "DesiredCapacity": group.desired,
            "DefaultCooldown": 0,
            "AvailabilityZones": list(self.lab.recipe.zones(group.region)),
            "TargetGroupARNs": [group.target_group],
            "HealthCheckType": "ELB",
            "HealthCheckGracePeriod": 0,
            "Instances": [describe_member(m) for m in list(group.members.values())],
            "CreatedTime": group.created,
            "SuspendedProcesses": [
                {"ProcessName": "ReplaceUnhealthy", "SuspensionReason": SUSPENDED},
                {"ProcessName": "AZRebalance", "SuspensionReason": UNBALANCED},
            ],
            "VPCZoneIdentifier": ",".join(group.subnets),
            "Tags": describe_tags(group),
            "TerminationPolicies": ["Default"],
            "NewInstancesProtectedFromScaleIn": False,
        }


def describe_member(member: Member) -> dict[str, Any]:
    """A member in the words of DescribeAutoScalingGroups."""
    return {
        "InstanceId": member.instance.id,
        "InstanceType": "t3.micro",
        "AvailabilityZone": member.instance.zone,
        "LifecycleState": member.lifecycle,
        "HealthStatus": "Healthy" if member.instance.state in ("pending", "running") else "Unhealthy",
        "ProtectedFromScaleIn": False,
    }


def describe_tags(group: Group) -> list[dict[str, Any]]:
    """The tags of a group in the words of DescribeTags."""
    return [
        {
            "ResourceId": group.name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": True,
        }
        for key, value in group.tags.items()
    ]
