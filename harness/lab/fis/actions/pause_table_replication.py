"""aws:dynamodb:global-table-pause-replication: nothing goes to or from the replica in the experiment's region."""

from harness.lab.fis.action import UP_TO_12_HOURS, Action, Call, Parameter


async def _run(call: Call) -> None:
    try:
        call.effects.tables.pause(call.name, call.region, call.ids())
        await call.last()
    finally:
        call.effects.tables.resume(call.name)


ACTION = Action(
    id="aws:dynamodb:global-table-pause-replication",
    description="Pause the replication of DynamoDB global tables.",
    run=_run,
    targets={"Tables": "aws:dynamodb:global-table"},
    parameters={"duration": Parameter(description="How long it is paused.", required=True, duration=UP_TO_12_HOURS)},
)
