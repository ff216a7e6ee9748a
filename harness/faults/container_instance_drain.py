"""Container instances of ECS are drained."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "container instance drain",
    says='{percent:d} % of the container instances of "{region}" are drained',
    options=("region", "percent"),
    family=Family.COMPUTE,
    proof="container instances",
)
def container_instance_drain(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """That share of the container instances of the region's clusters is drained; their tasks move."""
    return single(
        stack,
        region,
        "aws:ecs:drain-container-instances",
        {"drainagePercentage": str(percent), "duration": iso_duration(lasts)},
        {"Clusters": by_tag(stack, "aws:ecs:cluster")},
    )
