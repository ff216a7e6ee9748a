"""Instances lose packets."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "packet loss",
    says='{percent:d} % of the packets of the instances of "{region}" are lost',
    options=("region", "percent"),
    family=Family.NETWORK,
    proof="slowest answer",
)
def packet_loss(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """That share of the packets that an instance of the region sends is lost."""
    return command(stack, region, lasts, "AWSFIS-Run-Network-Packet-Loss", LossPercent=str(percent))
