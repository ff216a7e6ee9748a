"""How many read replicas follow their source."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, fewer, proof

MOST_LAG_SECONDS = 30.0


@proof("replication", unit="replicas following", shows=fewer)
def replication(site: Site, where: Where) -> Figure:
    """Replicas that DescribeDBInstances calls replicating, and whose ReplicaLag is known and below half a minute."""
    instances = site.stack.database.instances if site.stack.database else {}
    return float(sum(_follows(site, region, identifier) for region, identifier in instances.items()))


def _follows(site: Site, region: str, identifier: str) -> bool:
    instance = site.rds(region).instance(identifier)
    if instance is None or instance.replication != "replicating":
        return False
    lag = site.cloudwatch(region).latest("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": identifier})
    return lag is not None and lag < MOST_LAG_SECONDS
