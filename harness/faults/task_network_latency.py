"""ECS tasks are slow on the network."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task network latency",
    says='the tasks of "{region}" send {milliseconds:d} ms late',
    options=("region", "milliseconds"),
    family=Family.NETWORK,
    proof="answer time",
)
def task_network_latency(
    stack: Stack, *, lasts: timedelta, region: str, milliseconds: int
) -> tuple[FaultTemplate, ...]:
    """Every packet that a task of the region sends is delayed."""
    return single(
        stack,
        region,
        "aws:ecs:task-network-latency",
        {"duration": iso_duration(lasts), "delayMilliseconds": str(milliseconds)},
        {"Tasks": by_tag(stack, "aws:ecs:task")},
    )
