"""Instances cannot reach something that they depend on."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "dependency blocked",
    says='the instances of "{region}" cannot reach "{host}"',
    options=("region", "host"),
    family=Family.NETWORK,
)
def dependency_blocked(stack: Stack, *, lasts: timedelta, region: str, host: str) -> tuple[FaultTemplate, ...]:
    """Everything that instances of the region send to that host is lost."""
    return command(
        stack,
        region,
        lasts,
        "AWSFIS-Run-Network-Packet-Loss-Sources",
        Sources=host,
        LossPercent="100",
        TrafficType="egress",
    )
