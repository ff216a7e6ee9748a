"""How many container instances of the region's ECS cluster take tasks."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, fewer, proof


@proof("container instances", unit="active", shows=fewer)
def container_instances(site: Site, where: Where) -> Figure:
    """From ListContainerInstances: those that are ACTIVE."""
    return float(site.ecs(where.region).active_instances(site.stack.regions[where.region].ecs_cluster))
