"""aws:ssm:send-command: a document of AWS runs on the instances until it ends, or until the duration is over."""

import asyncio
import contextlib
from collections.abc import Mapping

from harness.lab.fis.action import DURATION, Action, Call, Parameter
from harness.lab.ssm.registry import NoSuchDocument, command, refusal


async def _run(call: Call) -> None:
    document, parameters = call.parameters["documentArn"], call.parameters.get("documentParameters", "")
    running = asyncio.ensure_future(call.effects.systems.command(call.region, document, parameters, call.ids()))
    lasting = asyncio.ensure_future(call.last())
    try:
        await asyncio.wait({running, lasting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        lasting.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _cannot(parameters: Mapping[str, str]) -> str | None:
    try:
        found = command(parameters["documentArn"], parameters.get("documentVersion", ""))
    except NoSuchDocument as error:
        return str(error)
    return refusal(found, parameters.get("documentParameters", ""))


ACTION = Action(
    id="aws:ssm:send-command",
    description="Run a Systems Manager document on EC2 instances.",
    run=_run,
    targets={"Instances": "aws:ec2:instance"},
    parameters={
        "documentArn": Parameter(description="The document.", required=True),
        "documentVersion": Parameter(description="Its version."),
        "documentParameters": Parameter(description="Its parameters, in JSON."),
        "duration": DURATION,
    },
    cannot=_cannot,
)
