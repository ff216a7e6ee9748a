"""The disks of ECS tasks are busy with something else."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task io stress",
    says='the disks of the tasks of "{region}" are busy',
    family=Family.COMPUTE,
)
def task_io_stress(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """A stress process writes to the disk of every task of the region."""
    return single(
        stack,
        region,
        "aws:ecs:task-io-stress",
        {"duration": iso_duration(lasts)},
        {"Tasks": by_tag(stack, "aws:ecs:task")},
    )
