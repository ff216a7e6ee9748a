"""A region is cut off from everybody, but stays up."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "region isolation",
    says='"{region}" is isolated',
    family=Family.REGION,
    proof="region answers",
)
def region_isolation(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every subnet of the region is cut off; its instances and databases go on running."""
    return single(
        stack,
        region,
        "aws:network:disrupt-connectivity",
        {"scope": "all", "duration": iso_duration(lasts)},
        {"Subnets": by_tag(stack, "aws:ec2:subnet")},
    )
