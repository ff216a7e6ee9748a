"""aws:ssm:start-automation-execution: an automation of AWS that changes the state of instances; it is not undone."""

import asyncio
import contextlib
from collections.abc import Mapping

from harness.lab.fis.action import DURATION, Action, ActionFailed, Call, Parameter
from harness.lab.ssm.registry import NoSuchDocument, automation, refusal


async def _run(call: Call) -> None:
    document, parameters = call.parameters["documentArn"], call.parameters.get("documentParameters", "")
    running = asyncio.ensure_future(call.effects.systems.automation(call.region, document, parameters))
    lasting = asyncio.ensure_future(call.last("maxDuration"))
    try:
        await asyncio.wait({running, lasting}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise ActionFailed("the automation did not end within maxDuration")
    finally:
        lasting.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _cannot(parameters: Mapping[str, str]) -> str | None:
    try:
        found = automation(parameters["documentArn"], parameters.get("documentVersion", ""))
    except NoSuchDocument as error:
        return str(error)
    return refusal(found, parameters.get("documentParameters", ""))


ACTION = Action(
    id="aws:ssm:start-automation-execution",
    description="Execute a Systems Manager automation.",
    run=_run,
    parameters={
        "documentArn": Parameter(description="The automation document.", required=True),
        "documentVersion": Parameter(description="Its version."),
        "documentParameters": Parameter(description="Its parameters, in JSON."),
        "maxDuration": DURATION,
    },
    cannot=_cannot,
)
