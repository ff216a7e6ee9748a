"""aws:dynamodb:global-table-pause-replication: nothing goes to or from the replica in the experiment's region."""

from harness.lab.fis.action import Action, Call, Parameter

_LONGEST = 12 * 3600.0


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
    parameters={"duration": Parameter(description="How long it is paused.", required=True, duration=(0, _LONGEST))},
)
