"""aws:ec2:stop-instances: the processes die; they start again after the duration, or when the experiment is stopped."""

from harness.lab.fis.action import MINUTE_TO_12_HOURS, Action, ActionFailed, Call, Parameter

_AGAIN, _TERMINATED_IS_FINE = "startInstancesAfterDuration", "completeIfInstancesTerminated"


async def _run(call: Call) -> None:
    ids = call.effects.instances.running(call.ids())  # what was stopped before, in a warm pool say, stays so
    if _AGAIN not in call.parameters:
        await call.effects.instances.stop(ids)
        return
    try:
        await call.effects.instances.stop(ids)
        await call.last(_AGAIN)
    finally:
        terminated = await call.effects.instances.start(ids)
    if terminated and call.parameters.get(_TERMINATED_IS_FINE) != "true":
        raise ActionFailed(f"terminated meanwhile, and cannot be started: {', '.join(terminated)}")


ACTION = Action(
    id="aws:ec2:stop-instances",
    description="Stop EC2 instances, and start them again after a while.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
    parameters={
        _AGAIN: Parameter(description="When to start the instances again.", duration=MINUTE_TO_12_HOURS),
        _TERMINATED_IS_FINE: Parameter(
            description="Complete even if somebody has terminated instances meanwhile.", choices=("true", "false")
        ),
    },
)
