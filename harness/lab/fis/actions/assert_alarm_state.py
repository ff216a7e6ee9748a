"""aws:cloudwatch:assert-alarm-state: fails the experiment unless alarms are in the states that are named."""

from harness.lab.fis.action import Action, ActionFailed, Call, Parameter


async def _run(call: Call) -> None:
    states = {state.strip() for state in call.parameters["alarmStates"].split(",")}
    for arn in call.parameters["alarmArns"].split(","):
        state = call.effects.alarms.state(arn.strip())
        if state not in states:
            raise ActionFailed(f"alarm {arn.strip()} is {state or 'not there'}, not {' or '.join(sorted(states))}")


ACTION = Action(
    id="aws:cloudwatch:assert-alarm-state",
    description="Verify that alarms are in an expected state.",
    run=_run,
    parameters={
        "alarmArns": Parameter(description="At most 5 ARNs, separated by commas.", required=True),
        "alarmStates": Parameter(description="OK, ALARM, INSUFFICIENT_DATA, separated by commas.", required=True),
    },
)
