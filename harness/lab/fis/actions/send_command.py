"""aws:ssm:send-command: a document of AWS runs on the instances until it ends, or until the duration is over."""

from harness.lab.fis.action import DURATION, Action, Call
from harness.lab.fis.system_documents import PARAMETERS, unless_known, within
from harness.lab.ssm.registry import command


async def _run(call: Call) -> None:
    document, parameters = call.parameters["documentArn"], call.parameters.get("documentParameters", "")
    await within(call, call.effects.systems.command(call.region, document, parameters, call.ids()), "duration")


ACTION = Action(
    id="aws:ssm:send-command",
    description="Run a Systems Manager document on EC2 instances.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
    parameters={**PARAMETERS, "duration": DURATION},
    cannot=unless_known(command),
)
