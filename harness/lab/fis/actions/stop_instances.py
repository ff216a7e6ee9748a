"""aws:ec2:stop-instances: the processes die; they start again after the duration, or when the experiment is stopped."""

from harness.lab.fis.action import MINUTE_TO_12_HOURS, Action, Call, Parameter

_AGAIN = "startInstancesAfterDuration"


async def _run(call: Call) -> None:
    ids = call.ids()
    if _AGAIN not in call.parameters:
        await call.effects.instances.stop(ids)
        return
    try:
        await call.effects.instances.stop(ids)
        await call.last(_AGAIN)
    finally:
        await call.effects.instances.start(ids)


ACTION = Action(
    id="aws:ec2:stop-instances",
    description="Stop EC2 instances, and start them again after a while.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
    parameters={
        _AGAIN: Parameter(description="When to start the instances again.", duration=MINUTE_TO_12_HOURS),
        "completeIfInstancesTerminated": Parameter(description="Ignored.", choices=("true", "false")),
    },
)
