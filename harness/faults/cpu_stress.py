"""The CPUs of instances are busy with something else."""

from datetime import timedelta

from harness.faults.building import command
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "cpu stress",
    says='the CPUs of the instances of "{region}" are {percent:d} % busy',
    options=("region", "percent"),
    family=Family.COMPUTE,
    proof="answer time",
)
def cpu_stress(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """A stress process takes that share of the CPUs of every instance of the region."""
    return command(stack, region, lasts, "AWSFIS-Run-CPU-Stress", LoadPercent=str(percent))
