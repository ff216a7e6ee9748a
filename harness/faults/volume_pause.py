"""Volumes stop answering."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "volume pause",
    says='the volumes of "{region}" stop answering',
    family=Family.DATA,
)
def volume_pause(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every read and write of the stack's volumes in the region waits until the fault is over."""
    return single(
        stack,
        region,
        "aws:ebs:pause-volume-io",
        {"duration": iso_duration(lasts)},
        {"Volumes": by_tag(stack, "aws:ec2:ebs-volume")},
    )
