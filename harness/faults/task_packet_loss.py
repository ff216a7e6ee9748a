"""ECS tasks lose packets."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task packet loss",
    says='{percent:d} % of the packets of the tasks of "{region}" are lost',
    options=("region", "percent"),
    family=Family.NETWORK,
    proof="slowest answer",
)
def task_packet_loss(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """That share of the packets that a task of the region sends is lost."""
    return single(
        stack,
        region,
        "aws:ecs:task-network-packet-loss",
        {"duration": iso_duration(lasts), "lossPercent": str(percent)},
        {"Tasks": by_tag(stack, "aws:ecs:task")},
    )
