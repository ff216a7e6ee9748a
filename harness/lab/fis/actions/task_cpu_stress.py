"""aws:ecs:task-cpu-stress: the CPU of each task is kept busy."""

from harness.lab.fis.action import ANY_DURATION, Action, Call, Parameter
from harness.lab.fis.task_faults import DEPENDENCIES, TASKS, percent, pressed
from harness.lab.states import Stress

_MOST_WORKERS = 1_000


async def _run(call: Call) -> None:
    given = call.parameters
    stress = Stress(cpu_percent=int(float(given.get("percent", "100"))), cpu_workers=int(given.get("workers", "0")))
    await pressed(call, stress)


ACTION = Action(
    id="aws:ecs:task-cpu-stress",
    description="Keep the CPUs of ECS tasks busy.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": ANY_DURATION,
        "percent": percent("The load; 100 if not given."),
        "workers": Parameter(description="Stressors; 0 is one for each CPU.", number=(0, _MOST_WORKERS)),
        "installDependencies": DEPENDENCIES,
    },
)
