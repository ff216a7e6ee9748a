"""What the actions on invocations of Lambda functions share."""

from typing import Any

from harness.lab.fis.action import ActionFailed, Call, Parameter
from harness.lab.functions.fault import InvocationFault

TARGETS = {"Functions": "aws:lambda:function"}
PARAMETERS = {
    "duration": Parameter(description="How long the fault lasts.", required=True, duration=(0, 12 * 3600.0)),
    "invocationPercentage": Parameter(description="How many invocations meet it (0-100); 100 by default."),
}
PREVENT_EXECUTION = Parameter(
    description="Whether the code does not run at all.", required=True, choices=("true", "false")
)


def number(call: Call, parameter: str, default: str, most: float) -> float:
    """A parameter from 0 to `most`. Raises ActionFailed when it is none."""
    given = call.parameters.get(parameter, default)
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise ActionFailed(f"{parameter} must be a number from 0 to {most:g}, not {given!r}")
    return value


async def hold(call: Call, **what: Any) -> None:
    """Have invocations of the targets meet a fault for the duration of an action."""
    percentage = number(call, "invocationPercentage", "100", 100)
    prevents = call.parameters.get("preventExecution") == "true"
    fault = InvocationFault(region=call.region, functions=call.ids(), percentage=percentage, prevents=prevents, **what)
    try:
        call.effects.functions.inject(call.name, fault)
        await call.last()
    finally:
        call.effects.functions.heal(call.name)
