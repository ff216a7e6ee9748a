"""A database instance restarts in place."""

from datetime import timedelta

from harness.faults.building import single, watched
from harness.faults.databases import database
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "database reboot",
    says='the database of "{region}" is rebooted and watched',
    family=Family.DATA,
)
def database_reboot(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """The region's database is rebooted once; the experiment then waits for the rest of its duration."""
    targets = {"DBInstances": database(stack, region)}
    return watched(single(stack, region, "aws:rds:reboot-db-instances", {"forceFailover": "false"}, targets), lasts)
