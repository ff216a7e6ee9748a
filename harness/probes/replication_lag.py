"""How far do the read replicas lag behind?"""

from harness.aws.site import Site
from harness.model.reading import Reading
from harness.probes.registry import probe, reading

NAME = "replication lag"


@probe(NAME, unit="s", relation="at most")
def replication_lag(site: Site, bound: float) -> list[Reading]:
    """One reading per replica: CloudWatch's ReplicaLag in seconds, and no reading where it does not replicate."""
    instances = site.stack.database.instances if site.stack.database else {}
    readings = [_of(site, region, identifier, bound) for region, identifier in instances.items()]
    return [each for each in readings if each is not None]


def _of(site: Site, region: str, identifier: str, bound: float) -> Reading | None:
    instance = site.rds(region).instance(identifier)
    if instance is None:
        return reading(NAME, identifier, None, bound, "there is no such instance")
    if not instance.is_replica:
        return None
    if instance.replication != "replicating":
        return reading(NAME, identifier, None, bound, f"replication is {instance.replication}")
    lag = site.cloudwatch(region).latest("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": identifier})
    return reading(NAME, identifier, lag, bound, "" if lag is not None else "CloudWatch has no ReplicaLag yet")
