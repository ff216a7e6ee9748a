"""Instances of a region stop; its network and databases stay."""

from datetime import timedelta

from harness.faults.building import iso_duration, running_instances, share, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "instance loss",
    says={
        'the instances of "{region}" are stopped': {},
        'one instance of "{region}" is stopped': {"count": 1},
        '{count:d} instances of "{region}" are stopped': {},
        '{percent:d} % of the instances of "{region}" are stopped': {},
    },
    family=Family.COMPUTE,
    proof="instances running",
)
def instance_loss(
    stack: Stack, *, lasts: timedelta, region: str, count: int | None = None, percent: int | None = None
) -> tuple[FaultTemplate, ...]:
    """Instances of the stack in the region, all or some, are stopped, and started again afterwards."""
    return single(
        stack,
        region,
        "aws:ec2:stop-instances",
        {"startInstancesAfterDuration": iso_duration(lasts), "completeIfInstancesTerminated": "true"},
        {"Instances": running_instances(stack, share(count, percent))},
    )
