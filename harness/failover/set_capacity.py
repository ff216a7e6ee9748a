"""Set the capacity of a region's Auto Scaling group."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.aws.site import Site
from harness.errors import StepFailed
from harness.failover.registry import Undo, step, unknown_regions
from harness.stack.descriptor import Stack


@step("set capacity")
class SetCapacity:
    """Asks for so many instances and waits until they serve; undone by asking for as many as before."""

    options: tuple[str, ...] = ("region", "instances")

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """The region must have a group, and the number must be a positive whole one."""
        wrong = unknown_regions(stack, options["region"])
        if not wrong and not stack.regions[options["region"]].auto_scaling_group:
            wrong.append(f"set capacity: {options['region']} has no auto_scaling_group in the descriptor")
        if not isinstance(options["instances"], int) or options["instances"] < 1:
            wrong.append(f"set capacity: instances must be a whole number of at least 1, not {options['instances']!r}")
        return wrong

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Remember the desired capacity."""
        region = options["region"]
        group = site.stack.regions[region].auto_scaling_group
        capacity = site.autoscaling(region).capacity(group)
        if capacity is None:
            raise StepFailed(f"{region} has no Auto Scaling group {group}")
        return {"region": region, "desired": capacity.desired}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Ask, and wait until that many targets are healthy."""
        return _reach(site, options["region"], options["instances"], within)

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Ask for the capacity of before."""
        return _reach(site, undo["region"], undo["desired"], within)


def _reach(site: Site, region: str, instances: int, within: timedelta) -> str:
    described = site.stack.regions[region]
    site.autoscaling(region).set_desired(described.auto_scaling_group, instances)

    def reached() -> bool:
        capacity = site.autoscaling(region).capacity(described.auto_scaling_group)
        healthy = [s for s in site.elbv2(region).target_health(described.target_group).values() if s == "healthy"]
        return capacity is not None and capacity.in_service == instances and len(healthy) == instances

    site.wait(reached, within, f"{instances} healthy instances in {region}")
    return f"{instances} healthy instances in {region}"
