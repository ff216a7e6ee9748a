"""A whole region is lost: nobody reaches it, and its instances stop where it has any."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, template
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "region loss",
    says='"{region}" is lost',
    family=Family.REGION,
    proof="region answers",
)
def region_loss(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every subnet of the region is cut off and every instance in it is stopped; what runs on ECS is cut off only."""
    actions = {
        "cut-subnets": {
            "actionId": "aws:network:disrupt-connectivity",
            "parameters": {"scope": "all", "duration": iso_duration(lasts)},
            "targets": {"Subnets": "subnets"},
        }
    }
    targets = {"subnets": by_tag(stack, "aws:ec2:subnet")}
    if not stack.regions[region].ecs_service:
        actions["stop-instances"] = {
            "actionId": "aws:ec2:stop-instances",
            "parameters": {
                "startInstancesAfterDuration": iso_duration(lasts),
                "completeIfInstancesTerminated": "true",  # Auto Scaling replaces what it finds stopped
            },
            "targets": {"Instances": "instances"},
        }
        targets["instances"] = by_tag(stack, "aws:ec2:instance")
    return (FaultTemplate(region=region, template=template(stack, f"region loss: {region}", actions, targets)),)
