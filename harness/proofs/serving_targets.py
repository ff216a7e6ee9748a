"""Which targets of the region's load balancer are healthy: what is replaced at once leaves their number as it is."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, proof

NONE, BETWEEN = "none", ", "


def gone(before: Figure, now: Figure) -> bool:
    """Whether one of those before is not among those now; one that joins them shows nothing."""
    if not isinstance(before, str) or not isinstance(now, str) or before == NONE:
        return False
    return bool({*before.split(BETWEEN)} - {*now.split(BETWEEN)})


@proof("serving targets", unit="", shows=gone)
def serving_targets(site: Site, where: Where) -> Figure:
    """From DescribeTargetHealth: the ids of the healthy ones."""
    used = site.elbv2(where.region).in_use(site.stack.regions[where.region].target_group)
    return BETWEEN.join(sorted(target for target, is_used in used.items() if is_used)) or NONE
