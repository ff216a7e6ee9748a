"""aws:ec2:terminate-instances: the processes die for good; their group launches others."""

from harness.lab.fis.action import Action, Call


async def _run(call: Call) -> None:
    await call.effects.instances.terminate(call.ids())


ACTION = Action(
    id="aws:ec2:terminate-instances",
    description="Terminate EC2 instances.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
)
