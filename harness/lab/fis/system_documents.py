"""What the actions that run documents of Systems Manager have in common."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from harness.lab.fis.action import Call, Parameter
from harness.lab.ssm.automation import Automation
from harness.lab.ssm.document import Document
from harness.lab.ssm.registry import NoSuchDocument, refusal

PARAMETERS = {
    "documentArn": Parameter(description="The document.", required=True),
    "documentVersion": Parameter(description="Its version."),
    "documentParameters": Parameter(description="Its parameters, in JSON."),
}


async def within(call: Call, work: Coroutine[Any, Any, None], parameter: str) -> bool:
    """Run a document until it ends, or until the duration is over and it is cancelled; whether it ended."""
    running, lasting = asyncio.ensure_future(work), asyncio.ensure_future(call.last(parameter))
    try:
        await asyncio.wait({running, lasting}, return_when=asyncio.FIRST_COMPLETED)
        return running.done()
    finally:
        lasting.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def unless_known(find: Callable[[str, str], Document | Automation]) -> Callable[[Mapping[str, str]], str | None]:
    """Why the lab cannot run what the parameters name, if it cannot: no such document, or wrong parameters of it."""

    def cannot(parameters: Mapping[str, str]) -> str | None:
        try:
            found = find(parameters["documentArn"], parameters.get("documentVersion", ""))
        except NoSuchDocument as error:
            return str(error)
        return refusal(found, parameters.get("documentParameters", ""))

    return cannot
