"""aws:ecs:task-kill-process: the one process of a task is killed, so the task stops and its service replaces it."""

from collections.abc import Mapping

from harness.lab.fis.action import Action, Call, Parameter
from harness.lab.fis.task_faults import DEPENDENCIES, PROCESS, TASKS


async def _run(call: Call) -> None:
    await call.effects.tasks.signal(call.region, call.ids(), call.parameters.get("signal", "SIGTERM"))


def _cannot(parameters: Mapping[str, str]) -> str | None:
    name = parameters["processName"]
    return None if name == PROCESS else f"processName {name!r}, for the one process of its tasks is {PROCESS!r}"


ACTION = Action(
    id="aws:ecs:task-kill-process",
    description="Kill a process in ECS tasks.",
    run=_run,
    targets=TASKS,
    parameters={
        "processName": Parameter(description="The name of the process.", required=True),
        "signal": Parameter(description="The signal; SIGTERM if not given.", choices=("SIGTERM", "SIGKILL")),
        "installDependencies": DEPENDENCIES,
    },
    cannot=_cannot,
)
