"""What the actions that cut one region off another have in common."""

from harness.lab.fis.action import ANY_DURATION, ActionFailed, Call, Parameter
from harness.lab.fis.impairments import impaired
from harness.lab.network.rule import Rule

PARAMETERS = {"region": Parameter(description="The region to isolate.", required=True), "duration": ANY_DURATION}


async def isolate(call: Call, ends: tuple[str, ...]) -> None:
    """Block everything between ends in the experiment's region and another region, for the duration."""
    other = call.parameters["region"]
    if other == call.region or other not in call.effects.network.regions():
        raise ActionFailed(f"{other!r} is no other region of the lab")
    await impaired(call, Rule(ends=ends, others=(other,), blocked=True))
