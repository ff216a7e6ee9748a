"""The link between two regions is cut: databases replicate no more over it."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "link cut",
    says='the link between "{region}" and "{other}" is cut',
    options=("region", "other"),
    family=Family.NETWORK,
    proof="replication",
)
def link_cut(stack: Stack, *, lasts: timedelta, region: str, other: str) -> tuple[FaultTemplate, ...]:
    """Nothing passes between the subnets of a region and one other region; both serve their clients."""
    return single(
        stack,
        region,
        "aws:network:route-table-disrupt-cross-region-connectivity",
        {"region": other, "duration": iso_duration(lasts)},
        {"Subnets": by_tag(stack, "aws:ec2:subnet")},
    )
