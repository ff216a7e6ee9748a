"""aws:ecs:task-io-stress: each task writes to its disk all the time."""

from collections.abc import Mapping

from harness.lab.fis.action import ANY_DURATION, Action, Call, Parameter
from harness.lab.fis.task_faults import DEPENDENCIES, TASKS, percent, pressed
from harness.lab.states import Stress

_MOST_WORKERS = 4


async def _run(call: Call) -> None:
    given = call.parameters
    stress = Stress(io_workers=int(given.get("workers", "1")), io_percent=int(float(given.get("percent", "80"))))
    await pressed(call, stress)


def _cannot(parameters: Mapping[str, str]) -> str | None:
    workers = parameters.get("workers", "1")
    return None if int(workers) <= _MOST_WORKERS else f"{workers} workers (it can do {_MOST_WORKERS})"


ACTION = Action(
    id="aws:ecs:task-io-stress",
    description="Have ECS tasks write to their disks all the time.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": ANY_DURATION,
        "percent": percent("The share of the free space; 80 if not given."),
        "workers": Parameter(description="Writers; 1 if not given.", number=(0, 1_000)),
        "installDependencies": DEPENDENCIES,
    },
    cannot=_cannot,
)
