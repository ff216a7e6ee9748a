"""aws:ec2:send-spot-instance-interruptions: the processes die for good two minutes after their notice.

An experiment that is stopped before the notice spares the instances; the notice cannot be taken back.
"""

from harness.lab.fis.action import Action, Call, Parameter, seconds

_BEFORE, _NOTICE = "durationBeforeInterruption", 120.0


async def _run(call: Call) -> None:
    await call.wait((seconds(call.parameters[_BEFORE]) or 0.0) - _NOTICE)
    await call.effects.spot.interrupt(call.ids())


ACTION = Action(
    id="aws:ec2:send-spot-instance-interruptions",
    description="Interrupt EC2 Spot instances.",
    run=_run,
    targets={"SpotInstances": "aws:ec2:spot-instance"},
    parameters={
        _BEFORE: Parameter(description="When they are interrupted.", required=True, duration=(_NOTICE, 900.0)),
    },
)
