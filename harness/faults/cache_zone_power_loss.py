"""The cache loses the nodes of a zone."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "cache zone power loss",
    says='the cache loses power in "{zone}"',
    options=("zone",),
    family=Family.DATA,
)
def cache_zone_power_loss(stack: Stack, *, lasts: timedelta, zone: str) -> tuple[FaultTemplate, ...]:
    """The nodes of the stack's replication groups in the zone lose power."""
    groups = by_tag(stack, "aws:elasticache:replicationgroup", availabilityZoneIdentifier=zone)
    return single(
        stack,
        stack.region_of(zone),
        "aws:elasticache:replicationgroup-interrupt-az-power",
        {"duration": iso_duration(lasts)},
        {"ReplicationGroups": groups},
    )
