"""How many targets of the region's load balancer are healthy."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, fewer, proof


@proof("healthy targets", unit="healthy", shows=fewer)
def healthy_targets(site: Site, where: Where) -> Figure:
    """From DescribeTargetHealth."""
    states = site.elbv2(where.region).target_health(site.stack.regions[where.region].target_group)
    return float(sum(state == "healthy" for state in states.values()))
