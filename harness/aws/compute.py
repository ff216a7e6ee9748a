"""What a region of the stack runs on: an ECS service where the descriptor names one, else an Auto Scaling group."""

from harness.aws.autoscaling import Capacity
from harness.aws.site import Site
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


def set_desired(site: Site, region: str, count: int) -> None:
    """Ask for so many tasks or instances."""
    described = site.stack.regions[region]
    if described.ecs_service:
        site.ecs(region).set_desired(described.ecs_cluster, described.ecs_service, count)
    else:
        site.autoscaling(region).set_desired(described.auto_scaling_group, count)
