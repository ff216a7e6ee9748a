"""The power fails in an availability zone."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, running_instances, template
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "zone power loss",
    says='the power fails in "{zone}"',
    options=("zone",),
    family=Family.REGION,
    proof="serving targets",
)
def zone_power_loss(stack: Stack, *, lasts: timedelta, zone: str) -> tuple[FaultTemplate, ...]:
    """The subnets of the zone are cut off, its instances stop, and Auto Scaling gets no capacity there.

    What runs on ECS is cut off only.
    """
    region, lasting = stack.region_of(zone), iso_duration(lasts)
    actions = {
        "cut-subnets": {
            "actionId": "aws:network:disrupt-connectivity",
            "parameters": {"scope": "all", "duration": lasting},
            "targets": {"Subnets": "subnets"},
        }
    }
    targets = {"subnets": by_tag(stack, "aws:ec2:subnet", availabilityZoneIdentifier=zone)}
    if not stack.regions[region].ecs_service:
        actions["stop-instances"] = {
            "actionId": "aws:ec2:stop-instances",
            "parameters": {"startInstancesAfterDuration": lasting, "completeIfInstancesTerminated": "true"},
            "targets": {"Instances": "instances"},
        }
        actions["no-capacity"] = {
            "actionId": "aws:ec2:asg-insufficient-instance-capacity-error",
            "parameters": {"availabilityZoneIdentifiers": zone, "percentage": "100", "duration": lasting},
            "targets": {"AutoScalingGroups": "groups"},
        }
        targets["instances"] = running_instances(stack, zone=zone)
        targets["groups"] = by_tag(stack, "aws:ec2:autoscaling-group")
    return (FaultTemplate(region=region, template=template(stack, f"zone power loss: {zone}", actions, targets)),)
