"""aws:ec2:reboot-instances: the processes are killed and started anew."""

from harness.lab.fis.action import Action, Call


async def _run(call: Call) -> None:
    await call.effects.instances.reboot(call.ids())


ACTION = Action(
    id="aws:ec2:reboot-instances",
    description="Reboot EC2 instances.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
)
