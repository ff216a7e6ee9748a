"""ECS tasks are stopped."""

from datetime import timedelta

from harness.faults.building import by_tag, share, single, watched
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task stop",
    says={
        'the tasks of "{region}" are stopped': {},
        'one task of "{region}" is stopped': {"count": 1},
        '{count:d} tasks of "{region}" are stopped': {},
        '{percent:d} % of the tasks of "{region}" are stopped': {},
    },
    family=Family.COMPUTE,
    proof="serving targets",
)
def task_stop(
    stack: Stack, *, lasts: timedelta, region: str, count: int | None = None, percent: int | None = None
) -> tuple[FaultTemplate, ...]:
    """Tasks of the stack in the region, all or some, are stopped once; their service replaces them."""
    targets = {"Tasks": by_tag(stack, "aws:ecs:task", share(count, percent))}
    return watched(single(stack, region, "aws:ecs:stop-task", {}, targets), lasts)
