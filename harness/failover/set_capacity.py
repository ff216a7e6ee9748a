"""Set the capacity of a region: of its Auto Scaling group, or of its ECS service."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.aws import compute
from harness.aws.site import Site
from harness.errors import StepFailed
from harness.failover.registry import Undo, step, unknown_regions
from harness.stack.descriptor import Stack


@step("set capacity")
class SetCapacity:
    """Asks for so many instances (or tasks) and waits until they serve; undone by asking for as many as before."""

    options: tuple[str, ...] = ("region", "instances")

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """The region must have a group or a service, and the number must be a positive whole one."""
        wrong = unknown_regions(stack, options["region"])
        if not wrong and not compute.named(stack.regions[options["region"]]):
            wrong.append(f"set capacity: {options['region']} has no auto_scaling_group and no ecs_service")
        if not isinstance(options["instances"], int) or options["instances"] < 1:
            wrong.append(f"set capacity: instances must be a whole number of at least 1, not {options['instances']!r}")
        return wrong

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Remember the desired capacity."""
        region = options["region"]
        capacity = compute.capacity(site, region)
        if capacity is None:
            raise StepFailed(f"{region} has no {compute.named(site.stack.regions[region])}")
        return {"region": region, "desired": capacity.desired}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Ask, and wait until that many targets are healthy."""
        return _reach(site, options["region"], options["instances"], within)

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Ask for the capacity of before."""
        return _reach(site, undo["region"], undo["desired"], within)


def _reach(site: Site, region: str, instances: int, within: timedelta) -> str:
    described = site.stack.regions[region]
    compute.set_desired(site, region, instances)

    def reached() -> bool:
        capacity = compute.capacity(site, region)
        healthy = [s for s in site.elbv2(region).target_health(described.target_group).values() if s == "healthy"]
        return capacity is not None and capacity.in_service == instances and len(healthy) == instances

    site.wait(reached, within, f"{instances} healthy instances in {region}")
    return f"{instances} healthy instances in {region}"
