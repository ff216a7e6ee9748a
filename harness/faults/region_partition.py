"""A region cannot talk to the other regions, while its clients still reach it."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, template
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "region partition",
    says='"{region}" cannot talk to the other regions',
    family=Family.REGION,
    proof="replication",
)
def region_partition(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Nothing passes between the subnets of the region and the other regions of the stack; clients are still served."""
    actions = {
        f"cut-{other}": {
            "actionId": "aws:network:route-table-disrupt-cross-region-connectivity",
            "parameters": {"region": other, "duration": iso_duration(lasts)},
            "targets": {"Subnets": "subnets"},
        }
        for other in stack.regions
        if other != region
    }
    targets = {"subnets": by_tag(stack, "aws:ec2:subnet")}
    return (FaultTemplate(region=region, template=template(stack, f"region partition: {region}", actions, targets)),)
