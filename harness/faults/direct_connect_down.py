"""Direct Connect goes down."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "direct connect down",
    says='Direct Connect of "{region}" goes down',
    family=Family.NETWORK,
    lasts=timedelta(minutes=10),
    least=timedelta(minutes=10),
)
def direct_connect_down(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """The virtual interfaces of the stack in the region lose their BGP sessions."""
    return single(
        stack,
        region,
        "aws:directconnect:virtual-interface-disconnect",
        {"duration": iso_duration(lasts)},
        {"VirtualInterfaces": by_tag(stack, "aws:directconnect:virtual-interface")},
    )
