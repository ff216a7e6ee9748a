"""What the actions that cut one region off another have in common."""

from harness.lab.fis.action import MINUTE_TO_12_HOURS, ActionFailed, Call, Parameter
from harness.lab.network.rule import Rule

LASTS = Parameter(description="How long the fault lasts.", required=True, duration=(0.0, MINUTE_TO_12_HOURS[1]))
PARAMETERS = {"region": Parameter(description="The region to isolate.", required=True), "duration": LASTS}


async def isolate(call: Call, ends: tuple[str, ...]) -> None:
    """Block everything between ends in the experiment's region and another region, for the duration."""
    other = call.parameters["region"]
    if other == call.region or other not in call.effects.network.regions():
        raise ActionFailed(f"{other!r} is no other region of the lab")
    try:
        await call.effects.network.impair(call.name, [Rule(ends=ends, others=(other,), blocked=True)])
        await call.last()
    finally:
        await call.effects.network.mend(call.name)
