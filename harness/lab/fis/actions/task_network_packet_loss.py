"""aws:ecs:task-network-packet-loss: a share of what tasks send is lost, and sent again."""

from harness.lab.fis.action import Action, Call
from harness.lab.fis.task_faults import DEPENDENCIES, ENDPOINTS, LASTS, SOURCES, TASKS, impaired, percent, struck
from harness.lab.network.rule import Rule


async def _run(call: Call) -> None:
    given = call.parameters
    await impaired(
        call,
        Rule(
            ends=call.effects.tasks.addresses(call.region, call.ids()),
            others=struck(call),
            traffic="egress",
            loss_percent=float(given.get("lossPercent", "7")),
            flows_percent=float(given.get("flowsPercent", "100")),
        ),
    )


ACTION = Action(
    id="aws:ecs:task-network-packet-loss",
    description="Lose packets that ECS tasks send.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": LASTS,
        "lossPercent": percent("The share of the packets; 7 if not given."),
        "flowsPercent": percent("The share of the connections; 100 if not given."),
        "sources": SOURCES,
        "installDependencies": DEPENDENCIES,
        "useEcsFaultInjectionEndpoints": ENDPOINTS,
    },
)
