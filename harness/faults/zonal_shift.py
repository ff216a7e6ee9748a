"""Traffic is shifted away from a zone, as ARC does when it finds the zone impaired."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "zonal shift",
    says='traffic is shifted away from "{zone}"',
    options=("zone",),
    family=Family.CONTROL,
    proof="healthy targets",
)
def zonal_shift(stack: Stack, *, lasts: timedelta, zone: str) -> tuple[FaultTemplate, ...]:
    """A zonal autoshift moves the traffic of the stack's load balancers away from the zone."""
    return single(
        stack,
        stack.region_of(zone),
        "aws:arc:start-zonal-autoshift",
        {"availabilityZoneIdentifier": zone, "duration": iso_duration(lasts), "zonalAutoshiftStatus": "ANY"},
        {"ManagedResources": by_tag(stack, "aws:arc:zonal-shift-managed-resource")},
    )
