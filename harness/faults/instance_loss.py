"""Every instance of a region stops; its network and databases stay."""

from datetime import timedelta

from harness.faults.registry import FaultTemplate, by_tag, fault, iso_duration, template
from harness.stack.descriptor import Stack


@fault("instance loss", options=("region",))
def instance_loss(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every instance of the stack in the region is stopped, and started again afterwards."""
    actions = {
        "stop-instances": {
            "actionId": "aws:ec2:stop-instances",
            "parameters": {"startInstancesAfterDuration": iso_duration(lasts)},
            "targets": {"Instances": "instances"},
        }
    }
    targets = {"instances": by_tag(stack, "aws:ec2:instance")}
    return (FaultTemplate(region=region, template=template(stack, f"instance loss: {region}", actions, targets)),)
