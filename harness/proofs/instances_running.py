"""How many instances of the stack run."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, fewer, proof


@proof("instances running", unit="running", shows=fewer)
def instances_running(site: Site, where: Where) -> Figure:
    """From DescribeInstances: those of the region, or of its zone."""
    zones = site.ec2(where.region).running(site.stack.tags).values()
    return float(sum(where.zone in ("", zone) for zone in zones))
