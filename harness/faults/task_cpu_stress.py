"""The CPUs of ECS tasks are busy with something else."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task cpu stress",
    says='the CPUs of the tasks of "{region}" are {percent:d} % busy',
    options=("region", "percent"),
    family=Family.COMPUTE,
    proof="answer time",
)
def task_cpu_stress(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """A stress process takes that share of the CPU of every task of the region."""
    return single(
        stack,
        region,
        "aws:ecs:task-cpu-stress",
        {"duration": iso_duration(lasts), "percent": str(percent)},
        {"Tasks": by_tag(stack, "aws:ecs:task")},
    )
