"""A port of the instances answers nobody."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "blackholed port",
    says='port {port:d} of the instances of "{region}" is blackholed',
    options=("region", "port"),
    family=Family.NETWORK,
    proof="healthy targets",
)
def blackholed_port(stack: Stack, *, lasts: timedelta, region: str, port: int) -> tuple[FaultTemplate, ...]:
    """Whatever arrives at that port of an instance of the region is dropped."""
    return command(
        stack, region, lasts, "AWSFIS-Run-Network-Blackhole-Port", Protocol="tcp", Port=str(port), TrafficType="ingress"
    )
