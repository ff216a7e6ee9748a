"""The disks of instances fill up."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "disk fill",
    says='the disks of the instances of "{region}" are {percent:d} % full',
    options=("region", "percent"),
    family=Family.COMPUTE,
)
def disk_fill(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """The root disk of every instance of the region is filled to that share."""
    return command(stack, region, lasts, "AWSFIS-Run-Disk-Fill", Percent=str(percent))
