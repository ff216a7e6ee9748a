"""How many launches of the region's group failed in the last hour: one that got no capacity is one more."""

from datetime import timedelta

from harness.aws import compute
from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, proof

SINCE = timedelta(hours=1)


def more(before: Figure, now: Figure) -> bool:
    """More than before, both being known."""
    return isinstance(before, float) and isinstance(now, float) and now > before


@proof("failed launches", unit="failed launches", shows=more)
def failed_launches(site: Site, where: Where) -> Figure:
    """From DescribeScalingActivities: those that failed."""
    found = compute.activities(site, where.region, site.clock.wall() - SINCE)
    return float(sum(each.status == "Failed" for each in found))
