"""What the faults inside ECS tasks have in common: their targets, and the parameters that every one of them has."""

from harness.lab.fis.action import MINUTE_TO_12_HOURS, Parameter

TASKS = {"Tasks": "aws:ecs:task"}
PROCESS = "storefront"

LASTS = Parameter(description="How long the fault lasts.", required=True, duration=(0.0, MINUTE_TO_12_HOURS[1]))
_TRUE_OR_FALSE = ("True", "False", "true", "false")
DEPENDENCIES = Parameter(description="Ignored: nothing needs to be installed.", choices=_TRUE_OR_FALSE)
ENDPOINTS = Parameter(description="Ignored: the effect is the same either way.", choices=_TRUE_OR_FALSE)


def percent(description: str, least: float = 0) -> Parameter:
    """A percentage up to 100."""
    return Parameter(description=description, number=(least, 100))
