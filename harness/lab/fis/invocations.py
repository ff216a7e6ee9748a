"""What the actions on invocations of Lambda functions share."""

from typing import Any

from harness.lab.fis.action import ANY_DURATION, Call, Parameter
from harness.lab.functions.fault import InvocationFault

TARGETS = {"Functions": "aws:lambda:function"}
PARAMETERS = {
    "duration": ANY_DURATION,
    "invocationPercentage": Parameter(description="How many invocations meet it; 100 by default.", number=(0.0, 100.0)),
}
PREVENT_EXECUTION = Parameter(
    description="Whether the code does not run at all.", required=True, choices=("true", "false")
)


async def hold(call: Call, **what: Any) -> None:
    """Have invocations of the targets meet a fault for the duration of an action."""
    percentage = float(call.parameters.get("invocationPercentage", 100))
    prevents = call.parameters.get("preventExecution") == "true"
    fault = InvocationFault(region=call.region, functions=call.ids(), percentage=percentage, prevents=prevents, **what)
    try:
        call.effects.functions.inject(call.name, fault)
        await call.last()
    finally:
        call.effects.functions.heal(call.name)
