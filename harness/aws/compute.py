"""What a region of the stack runs on: an ECS service where the descriptor names one, else an Auto Scaling group."""

from datetime import datetime

from harness.aws.autoscaling import Capacity
from harness.aws.scaling import Activity, ScalingPolicy
from harness.aws.site import Site
from harness.model.fleet import Fleet
from harness.stack.descriptor import Region


def named(described: Region) -> str:
    """What it is, for messages; empty when the descriptor names neither."""
    if described.ecs_service:
        return f"ECS service {described.ecs_service} in cluster {described.ecs_cluster}"
    return f"Auto Scaling group {described.auto_scaling_group}" if described.auto_scaling_group else ""


def capacity(site: Site, region: str) -> Capacity | None:
    """The capacity of a region, or None when what the descriptor names is not there."""
    described = site.stack.regions[region]
    if described.ecs_service:
        return site.ecs(region).capacity(described.ecs_cluster, described.ecs_service)
    return site.autoscaling(region).capacity(described.auto_scaling_group)


def group(described: Region) -> str:
    """The group that scales: the name of the Auto Scaling group, or service/cluster/name; empty without either."""
    if described.ecs_service:
        return f"service/{described.ecs_cluster}/{described.ecs_service}"
    return described.auto_scaling_group


def fleet(site: Site, region: str) -> Fleet | None:
    """The instances or tasks of a region by what they do, or None when what the descriptor names is not there."""
    described = site.stack.regions[region]
    if described.ecs_service:
        return site.ecs(region).fleet(described.ecs_cluster, described.ecs_service)
    return site.autoscaling(region).fleet(described.auto_scaling_group)


def policies(site: Site, region: str) -> tuple[ScalingPolicy, ...]:
    """The scaling policies of a region's group."""
    described = site.stack.regions[region]
    if described.ecs_service:
        return site.application_autoscaling(region).policies(group(described))
    return site.autoscaling(region).policies(described.auto_scaling_group)


def activities(site: Site, region: str, since: datetime) -> tuple[Activity, ...]:
    """The scaling activities of a region's group that began after a moment, the oldest first."""
    described = site.stack.regions[region]
    if described.ecs_service:
        return site.application_autoscaling(region).activities(group(described), since)
    return site.autoscaling(region).activities(described.auto_scaling_group, since)


def set_desired(site: Site, region: str, count: int) -> None:
    """Ask for so many tasks or instances."""
    described = site.stack.regions[region]
    if described.ecs_service:
        site.ecs(region).set_desired(described.ecs_cluster, described.ecs_service, count)
    else:
        site.autoscaling(region).set_desired(described.auto_scaling_group, count)
