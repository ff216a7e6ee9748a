"""A Transit Gateway loses its peering with another region."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "transit gateway cut",
    says='the Transit Gateway of "{region}" loses "{other}"',
    options=("region", "other"),
    family=Family.NETWORK,
    proof="replication",
)
def transit_gateway_cut(stack: Stack, *, lasts: timedelta, region: str, other: str) -> tuple[FaultTemplate, ...]:
    """Nothing passes between the Transit Gateways of the two regions."""
    return single(
        stack,
        region,
        "aws:network:transit-gateway-disrupt-cross-region-connectivity",
        {"region": other, "duration": iso_duration(lasts)},
        {"TransitGateways": by_tag(stack, "aws:ec2:transit-gateway")},
    )
