"""Actions that have API calls of IAM roles answered with an error."""

from collections.abc import Mapping

from harness.lab.api_fault import ApiError, ApiFault
from harness.lab.fis.action import DURATION, PERCENTAGE, Action, Call, Parameter


async def hold(call: Call, *faults: ApiFault) -> None:
    """Have calls fail for the duration."""
    try:
        call.effects.apis.fail(call.name, faults)
        await call.last()
    finally:
        call.effects.apis.heal(call.name)


def action(id: str, description: str, errors: Mapping[str, ApiError]) -> Action:
    """An action that injects an error, which is another one for each service."""

    async def run(call: Call) -> None:
        service = call.parameters["service"]
        fault = ApiFault(
            region=call.region,
            service=service,
            operations=frozenset(call.listed("operations")),
            percentage=float(call.parameters["percentage"]),
            error=errors[service],
            roles=frozenset(call.targets),
        )
        await hold(call, fault)

    return Action(
        id=id,
        description=description,
        run=run,
        targets={"Roles": "aws:iam:role"},
        parameters={
            "duration": DURATION,
            "service": Parameter(description="The service.", required=True, choices=tuple(errors)),
            "percentage": PERCENTAGE,
            "operations": Parameter(description="API operations, separated by commas.", required=True),
        },
    )
