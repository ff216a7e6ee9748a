"""aws:ssm:start-automation-execution: an automation of AWS that changes the state of instances; it is not undone."""

from harness.lab.fis.action import DURATION, Action, ActionFailed, Call
from harness.lab.fis.system_documents import PARAMETERS, unless_known, within
from harness.lab.ssm.registry import automation


async def _run(call: Call) -> None:
    document, parameters = call.parameters["documentArn"], call.parameters.get("documentParameters", "")
    if not await within(call, call.effects.systems.automation(call.region, document, parameters), "maxDuration"):
        raise ActionFailed("the automation did not end within maxDuration")


ACTION = Action(
    id="aws:ssm:start-automation-execution",
    description="Execute a Systems Manager automation.",
    run=_run,
    parameters={**PARAMETERS, "maxDuration": DURATION},
    cannot=unless_known(automation),
)
