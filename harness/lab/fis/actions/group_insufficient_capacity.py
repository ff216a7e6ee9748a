"""aws:ec2:asg-insufficient-instance-capacity-error: groups get no capacity in some zones."""

from harness.lab.fis.action import ANY_DURATION, Action, Call, Parameter


async def _run(call: Call) -> None:
    zones, percentage = call.listed("availabilityZoneIdentifiers"), float(call.parameters.get("percentage", 100))
    try:
        call.effects.groups.run_short(call.name, call.region, call.targets, zones, percentage)
        await call.last()
    finally:
        call.effects.groups.suffice(call.name)


ACTION = Action(
    id="aws:ec2:asg-insufficient-instance-capacity-error",
    description="Have launches of Auto Scaling groups fail with an insufficient instance capacity error.",
    run=_run,
    targets={"AutoScalingGroups": "aws:ec2:autoscaling-group"},
    parameters={
        "duration": ANY_DURATION,
        "availabilityZoneIdentifiers": Parameter(description="Names or ids of zones.", required=True),
        "percentage": Parameter(description="How many percent of the launches fail.", number=(0, 100)),
    },
)
