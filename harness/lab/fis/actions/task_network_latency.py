"""aws:ecs:task-network-latency: what tasks send arrives late."""

from harness.lab.fis.action import ANY_DURATION, Action, Call, Parameter
from harness.lab.fis.task_faults import DEPENDENCIES, ENDPOINTS, SOURCES, TASKS, percent, sent

_MOST_MS = 3_600_000


async def _run(call: Call) -> None:
    given = call.parameters
    await sent(
        call,
        delay_ms=float(given.get("delayMilliseconds", "200")),
        jitter_ms=float(given.get("jitterMilliseconds", "10")),
    )


ACTION = Action(
    id="aws:ecs:task-network-latency",
    description="Delay the packets that ECS tasks send.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": ANY_DURATION,
        "delayMilliseconds": Parameter(description="The delay; 200 if not given.", number=(0.0, _MOST_MS)),
        "jitterMilliseconds": Parameter(description="How much it varies; 10 if not given.", number=(0.0, _MOST_MS)),
        "flowsPercent": percent("The share of the connections; 100 if not given."),
        "sources": SOURCES,
        "installDependencies": DEPENDENCIES,
        "useEcsFaultInjectionEndpoints": ENDPOINTS,
    },
)
