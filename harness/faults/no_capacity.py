"""An Auto Scaling group gets no capacity in a zone."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "no capacity",
    says='there is no capacity in "{zone}"',
    options=("zone",),
    family=Family.CONTROL,
    proof="failed launches",
)
def no_capacity(stack: Stack, *, lasts: timedelta, zone: str) -> tuple[FaultTemplate, ...]:
    """Every launch of the stack's Auto Scaling groups in the zone fails for want of capacity."""
    return single(
        stack,
        stack.region_of(zone),
        "aws:ec2:asg-insufficient-instance-capacity-error",
        {"availabilityZoneIdentifiers": zone, "percentage": "100", "duration": iso_duration(lasts)},
        {"AutoScalingGroups": by_tag(stack, "aws:ec2:autoscaling-group")},
    )
