"""A process dies in every ECS task."""

from datetime import timedelta

from harness.faults.building import by_tag, single, watched
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task process kill",
    says='the process "{process}" is killed in the tasks of "{region}"',
    options=("region", "process"),
    family=Family.COMPUTE,
    proof="serving targets",
)
def task_process_kill(stack: Stack, *, lasts: timedelta, region: str, process: str) -> tuple[FaultTemplate, ...]:
    """The process is killed in every task of the region, once; the service replaces what ended by it."""
    parameters = {"processName": process, "signal": "SIGKILL"}
    targets = {"Tasks": by_tag(stack, "aws:ecs:task")}
    return watched(single(stack, region, "aws:ecs:task-kill-process", parameters, targets), lasts)
