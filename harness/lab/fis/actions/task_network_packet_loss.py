"""aws:ecs:task-network-packet-loss: a share of what tasks send is lost, and sent again."""

from harness.lab.fis.action import ANY_DURATION, Action, Call
from harness.lab.fis.task_faults import DEPENDENCIES, ENDPOINTS, SOURCES, TASKS, percent, sent


async def _run(call: Call) -> None:
    await sent(call, loss_percent=float(call.parameters.get("lossPercent", "7")))


ACTION = Action(
    id="aws:ecs:task-network-packet-loss",
    description="Lose packets that ECS tasks send.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": ANY_DURATION,
        "lossPercent": percent("The share of the packets; 7 if not given."),
        "flowsPercent": percent("The share of the connections; 100 if not given."),
        "sources": SOURCES,
        "installDependencies": DEPENDENCIES,
        "useEcsFaultInjectionEndpoints": ENDPOINTS,
    },
)
