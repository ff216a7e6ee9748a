"""aws:ebs:pause-volume-io: nothing is written to the disks of databases, so commits hang."""

from harness.lab.fis.action import SECOND_TO_12_HOURS, Action, Call, Parameter


async def _run(call: Call) -> None:
    try:
        await call.effects.volumes.pause(call.name, call.ids())
        await call.last()
    finally:
        await call.effects.volumes.mend(call.name)


ACTION = Action(
    id="aws:ebs:pause-volume-io",
    description="Pause the I/O of EBS volumes.",
    run=_run,
    targets={"Volumes": "aws:ec2:ebs-volume"},
    parameters={
        "duration": Parameter(description="How long the pause lasts.", required=True, duration=SECOND_TO_12_HOURS)
    },
)
