"""A Multi-AZ database fails over to its standby in the same region."""

from datetime import timedelta

from harness.faults.building import single, watched
from harness.faults.databases import database
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "database failover",
    says='the database of "{region}" fails over to its standby',
    family=Family.DATA,
    proof="database zone",
)
def database_failover(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """The region's database is rebooted with failover: the standby in another zone takes over."""
    targets = {"DBInstances": database(stack, region)}
    return watched(single(stack, region, "aws:rds:reboot-db-instances", {"forceFailover": "true"}, targets), lasts)
