"""Target groups: who is registered is moto's record, how healthy he is the balancer's own opinion."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from moto.elbv2.responses import ELBV2Response

from harness.lab.addresses import place_of
from harness.lab.control import records
from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.control.instances import Instance, Instances
from harness.lab.control.lab import Lab
from harness.lab.plane import TargetHealth

_UNUSABLE = {"stopping": "stopped", "stopped": "stopped", "shutting-down": "terminated", "terminated": "terminated"}


class Targets:
    """Keeps the balancers' targets as the target groups say, and says how healthy they are."""

    def __init__(self, lab: Lab, instances: Instances) -> None:
        self.lab = lab
        self.instances = instances
        self.groups: dict[str, str] = {}  # region -> ARN
        self.task_addresses: Callable[[str], Set[str]] = lambda region: frozenset()
        self.away: Mapping[str, Sequence[str]] = {}  # region -> the zones that its balancer was shifted away from

    def _group(self, region: str) -> Any:
        return records.elbv2(region).target_groups[self.groups[region]]

    def registered(self, region: str) -> list[str]:
        """The ids of the registered targets of a region."""
        with self.lab.lock:
            return list(self._group(region).targets)

    def register(self, region: str, instance_id: str) -> None:
        """Add a target to the record; `apply` makes it so."""
        with self.lab.lock:
            group = self._group(region)
            group.targets[instance_id] = {"Id": instance_id, "Port": group.port}
            group.deregistered_targets.pop(instance_id, None)

    def deregister(self, region: str, instance_id: str) -> None:
        """Take a target out of the record; `apply` makes it so."""
        with self.lab.lock:
            group = self._group(region)
            if (target := group.targets.pop(instance_id, None)) is not None:
                group.deregistered_targets[instance_id] = target

    async def apply(self, region: str) -> None:
        """Give the balancer of a region the targets that are registered and have an address."""
        known = {id: self._address(region, id) for id in self.registered(region)}
        await self.lab.plane.set_targets(region, {id: address for id, address in known.items() if address})

    def _address(self, region: str, id: str) -> str | None:
        """The address of a target: an instance by its id, a task by the address itself."""
        instance = self.instances.known.get(id)
        if instance is not None:
            return instance.address
        return id if id in self.task_addresses(region) else None

    def acceptable(self, region: str, id: str) -> bool:
        """Whether a target may be registered: nothing outside the lab."""
        return id in self.instances.known or id in self.task_addresses(region)

    def healthy(self, region: str) -> int:
        """How many targets of a region are healthy."""
        return sum(health.state == "healthy" for health in self.lab.plane.target_health(region).values())

    def describe(self, region: str, asked: list[str]) -> list[dict[str, Any]]:
        """The target health descriptions of the asked targets, or of every one that is registered or draining."""
        seen, registered = self.lab.plane.target_health(region), self.registered(region)
        draining = [i for i, health in seen.items() if health.state == "draining"]
        ids = asked or list(dict.fromkeys(registered + draining))
        return [self._description(region, i, seen, registered) for i in ids]

    def _description(
        self, region: str, id: str, seen: Mapping[str, TargetHealth], registered: list[str]
    ) -> dict[str, Any]:
        health = opinion(self.instances.known.get(id), seen.get(id), id in registered)
        port = self._group(region).port
        state = {"State": health.state, "Reason": health.reason or None, "Description": health.description or None}
        return {
            "Target": {"Id": id, "Port": int(port)},
            "HealthCheckPort": str(port),
            "TargetHealth": state,
            "AdministrativeOverride": self._override(region, id),
        }

    def _override(self, region: str, id: str) -> dict[str, str]:
        """Whether the balancer sends nothing to a target, healthy or not, because of a zonal shift."""
        address = self._address(region, id)
        if address is None or place_of(address) not in self.away.get(region, ()):
            return {"State": "no_override", "Reason": "AdministrativeOverride.NoOverride"}
        return {"State": "zonal_shift_active", "Reason": "AdministrativeOverride.ZonalShiftActive"}


def opinion(instance: Instance | None, seen: TargetHealth | None, registered: bool) -> TargetHealth:
    """What ELB says of a target: its state, and a reason and description unless it is healthy."""
    if not registered:
        if seen is not None and seen.state == "draining":
            return seen
        return TargetHealth(
            state="unused",
            reason="Target.NotRegistered",
            description="Target is not registered to the target group",
        )
    if instance is not None and (state := _UNUSABLE.get(instance.state)):
        return TargetHealth(state="unused", reason="Target.InvalidState", description=f"Target is in the {state} state")
    if seen is None:
        return TargetHealth(
            state="initial",
            reason="Elb.RegistrationInProgress",
            description="Target registration is in progress",
        )
    return seen


class TargetsApi(ELBV2Response):
    """moto's ELBv2 API, with the health that the balancers see."""

    def __init__(self, targets: Targets) -> None:
        super().__init__()
        self.targets = targets

    def register_targets(self) -> ActionResult:
        ids = [target["Id"] for target in self._get_param("Targets", [])]
        if strange := [id for id in ids if not self.targets.acceptable(self.region, id)]:
            raise AwsError("InvalidTarget", f"the lab has no instance and no task {', '.join(strange)}")
        return super().register_targets()

    def describe_target_health(self) -> ActionResult:
        arn = self._get_param("TargetGroupArn")
        if arn != self.targets.groups.get(self.region):
            raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
        asked = [target["Id"] for target in self._get_param("Targets", [])]
        return ActionResult({"TargetHealthDescriptions": self.targets.describe(self.region, asked)})
