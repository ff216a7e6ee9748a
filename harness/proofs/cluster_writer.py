"""Which instances write in the region's database clusters."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, another, proof


@proof("cluster writer", unit="", shows=another)
def cluster_writer(site: Site, where: Where) -> Figure:
    """From DescribeDBClusters: the writers of the clusters that carry the stack's tags."""
    return ", ".join(site.rds(where.region).writers(site.stack.tags)) or None
