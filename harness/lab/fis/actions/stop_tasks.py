"""aws:ecs:stop-task: tasks stop as StopTask stops them, draining first; their service launches others."""

from harness.lab.fis.action import Action, Call


async def _run(call: Call) -> None:
    call.effects.tasks.stop(call.region, call.ids(), f"Task stopped by AWS FIS ({call.name})")


ACTION = Action(
    id="aws:ecs:stop-task",
    description="Stop ECS tasks.",
    run=_run,
    targets={"Tasks": "aws:ecs:task"},
)
