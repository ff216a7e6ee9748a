"""What the faults inside ECS tasks have in common: their targets, and the parameters that every one of them has."""

from harness.lab.fis.action import MINUTE_TO_12_HOURS, Call, Parameter
from harness.lab.fis.sources import others
from harness.lab.network.rule import Rule

TASKS = {"Tasks": "aws:ecs:task"}
PROCESS = "storefront"

LASTS = Parameter(description="How long the fault lasts.", required=True, duration=(0.0, MINUTE_TO_12_HOURS[1]))
_TRUE_OR_FALSE = ("True", "False", "true", "false")
DEPENDENCIES = Parameter(description="Ignored: nothing needs to be installed.", choices=_TRUE_OR_FALSE)
ENDPOINTS = Parameter(description="Ignored: the effect is the same either way.", choices=_TRUE_OR_FALSE)
SOURCES = Parameter(description="Whose traffic it is about, separated by commas; ALL if not given.")


def percent(description: str) -> Parameter:
    """A percentage up to 100."""
    return Parameter(description=description, number=(0.0, 100.0))


def struck(call: Call) -> tuple[str, ...]:
    """The other side of the traffic that `sources` means; nobody named is everybody."""
    return others(call.parameters.get("sources", "ALL"), call.region, call.effects.network)


async def impaired(call: Call, rule: Rule) -> None:
    """Hold a rule for the duration of an action."""
    try:
        await call.effects.network.impair(call.name, [rule])
        await call.last()
    finally:
        await call.effects.network.mend(call.name)
