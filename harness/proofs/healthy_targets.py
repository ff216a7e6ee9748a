"""How many targets of the region's load balancer are healthy, and in use."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, fewer, proof


@proof("healthy targets", unit="healthy", shows=fewer)
def healthy_targets(site: Site, where: Where) -> Figure:
    """From DescribeTargetHealth; one that a zonal shift keeps out does not count."""
    used = site.elbv2(where.region).in_use(site.stack.regions[where.region].target_group)
    return float(sum(used.values()))
