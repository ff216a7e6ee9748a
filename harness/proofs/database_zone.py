"""The zone in which the region's database runs."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, another, proof


@proof("database zone", unit="", shows=another)
def database_zone(site: Site, where: Where) -> Figure:
    """From DescribeDBInstances; a failover to the standby moves it."""
    identifier = site.stack.database.instances.get(where.region, "") if site.stack.database else ""
    found = site.rds(where.region).instance(identifier)
    return found.zone if found else None
