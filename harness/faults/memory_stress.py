"""The memory of instances is taken by something else."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "memory stress",
    says='{percent:d} % of the memory of the instances of "{region}" is taken',
    options=("region", "percent"),
    family=Family.COMPUTE,
)
def memory_stress(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """A stress process takes that share of the memory of every instance of the region."""
    return command(stack, region, lasts, "AWSFIS-Run-Memory-Stress", Percent=str(percent))
