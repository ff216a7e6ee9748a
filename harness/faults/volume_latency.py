"""Volumes are slow."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "volume latency",
    says='the volumes of "{region}" answer {milliseconds:d} ms late',
    options=("region", "milliseconds"),
    family=Family.DATA,
)
def volume_latency(stack: Stack, *, lasts: timedelta, region: str, milliseconds: int) -> tuple[FaultTemplate, ...]:
    """Every read and write of the stack's volumes in the region takes that much longer."""
    late = str(milliseconds)
    return single(
        stack,
        region,
        "aws:ebs:volume-io-latency",
        {"readIOLatencyMilliseconds": late, "writeIOLatencyMilliseconds": late, "duration": iso_duration(lasts)},
        {"Volumes": by_tag(stack, "aws:ec2:ebs-volume")},
    )
