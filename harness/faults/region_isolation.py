"""A region stays up but nobody can talk to it."""

from datetime import timedelta

from harness.faults.registry import FaultTemplate, by_tag, fault, iso_duration, template
from harness.stack.descriptor import Stack


@fault("region isolation", options=("region",))
def region_isolation(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every subnet of the region is cut off; its instances and databases go on running."""
    actions = {
        "cut-subnets": {
            "actionId": "aws:network:disrupt-connectivity",
            "parameters": {"scope": "all", "duration": iso_duration(lasts)},
            "targets": {"Subnets": "subnets"},
        }
    }
    targets = {"subnets": by_tag(stack, "aws:ec2:subnet")}
    return (FaultTemplate(region=region, template=template(stack, f"region isolation: {region}", actions, targets)),)
