"""Which targets of the region's load balancer are healthy: what is replaced at once leaves their number as it is."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, another, proof


@proof("serving targets", unit="", shows=another)
def serving_targets(site: Site, where: Where) -> Figure:
    """From DescribeTargetHealth: the ids of the healthy ones."""
    used = site.elbv2(where.region).in_use(site.stack.regions[where.region].target_group)
    return ", ".join(sorted(target for target, is_used in used.items() if is_used)) or "none"
