"""Actions that have requests for Kinesis data streams, whoever makes them, answered with an error."""

from harness.lab.api_fault import ApiError, ApiFault
from harness.lab.fis.action import DURATION, PERCENTAGE, Action, Call
from harness.lab.fis.api_errors import hold


def action(id: str, description: str, operations: frozenset[str], error: ApiError) -> Action:
    """An action that injects an error into some operations."""

    async def run(call: Call) -> None:
        fault = ApiFault(
            region=call.region,
            service="kinesis",
            operations=operations,
            percentage=float(call.parameters["percentage"]),
            error=error,
            streams=frozenset(call.targets),
        )
        await hold(call, fault)

    return Action(
        id=id,
        description=description,
        run=run,
        targets={"KinesisStreams": "aws:kinesis:stream"},
        parameters={"duration": DURATION, "percentage": PERCENTAGE},
    )
