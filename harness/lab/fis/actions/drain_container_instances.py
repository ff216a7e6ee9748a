"""aws:ecs:drain-container-instances: a share of the container instances drains, their tasks move elsewhere."""

from harness.lab.fis.action import DURATION, Action, Call, Parameter

_SHARE = "drainagePercentage"


async def _run(call: Call) -> None:
    try:
        for cluster in call.ids():
            call.effects.tasks.drain(call.name, call.region, cluster, float(call.parameters[_SHARE]))
        await call.last()
    finally:
        call.effects.tasks.activate(call.name)


ACTION = Action(
    id="aws:ecs:drain-container-instances",
    description="Drain a percentage of the container instances of ECS clusters.",
    run=_run,
    targets={"Clusters": "aws:ecs:cluster"},
    parameters={
        _SHARE: Parameter(description="The share of container instances.", required=True, number=(1.0, 100.0)),
        "duration": DURATION,
    },
)
