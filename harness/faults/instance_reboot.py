"""Instances of a region are rebooted."""

from datetime import timedelta

from harness.faults.building import running_instances, share, single, watched
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "instance reboot",
    says={
        'the instances of "{region}" are rebooted': {},
        'one instance of "{region}" is rebooted': {"count": 1},
        '{count:d} instances of "{region}" are rebooted': {},
        '{percent:d} % of the instances of "{region}" are rebooted': {},
    },
    family=Family.COMPUTE,
)
def instance_reboot(
    stack: Stack, *, lasts: timedelta, region: str, count: int | None = None, percent: int | None = None
) -> tuple[FaultTemplate, ...]:
    """Instances of the stack in the region, all or some, are rebooted once."""
    targets = {"Instances": running_instances(stack, share(count, percent))}
    return watched(single(stack, region, "aws:ec2:reboot-instances", {}, targets), lasts)
