"""Instances are slow on the network."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "network latency",
    says='the instances of "{region}" send {milliseconds:d} ms late',
    options=("region", "milliseconds"),
    family=Family.NETWORK,
    proof="answer time",
)
def network_latency(stack: Stack, *, lasts: timedelta, region: str, milliseconds: int) -> tuple[FaultTemplate, ...]:
    """Every packet that an instance of the region sends is delayed."""
    return command(stack, region, lasts, "AWSFIS-Run-Network-Latency", DelayMilliseconds=str(milliseconds))
