"""A port of the ECS tasks answers nobody."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "task blackholed port",
    says='port {port:d} of the tasks of "{region}" is blackholed',
    options=("region", "port"),
    family=Family.NETWORK,
    proof="serving targets",
)
def task_blackholed_port(stack: Stack, *, lasts: timedelta, region: str, port: int) -> tuple[FaultTemplate, ...]:
    """Whatever arrives at that port of a task of the region is dropped."""
    return single(
        stack,
        region,
        "aws:ecs:task-network-blackhole-port",
        {"duration": iso_duration(lasts), "port": str(port), "trafficType": "ingress"},
        {"Tasks": by_tag(stack, "aws:ecs:task")},
    )
