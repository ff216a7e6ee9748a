"""What the faults inside ECS tasks have in common: their targets, and the parameters that every one of them has."""

from harness.lab.fis.action import Call, Parameter
from harness.lab.fis.impairments import impaired
from harness.lab.fis.sources import others
from harness.lab.network.rule import Rule
from harness.lab.states import Stress

TASKS = {"Tasks": "aws:ecs:task"}
PROCESS = "storefront"

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


async def sent(call: Call, *, delay_ms: float = 0, jitter_ms: float = 0, loss_percent: float = 0) -> None:
    """Impair what tasks send to the other side, on a share of their connections, for the duration of an action."""
    rule = Rule(
        ends=call.effects.tasks.addresses(call.region, call.ids()),
        others=struck(call),
        traffic="egress",
        flows_percent=float(call.parameters.get("flowsPercent", "100")),
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss_percent=loss_percent,
    )
    await impaired(call, rule)


async def pressed(call: Call, stress: Stress) -> None:
    """Press on tasks for the duration of an action."""
    try:
        await call.effects.tasks.stress(call.name, call.region, call.ids(), stress)
        await call.last()
    finally:
        await call.effects.tasks.relieve(call.name)
