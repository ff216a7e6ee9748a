"""Nothing breaks: the fault to try a drill with, and the smallest example of one."""

from datetime import timedelta

from harness.faults.building import iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault("nothing", says='nothing breaks in "{region}"', family=Family.CONTROL)
def nothing(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """FIS waits and touches nothing; a run with it alone proves nothing and is void."""
    return single(stack, region, "aws:fis:wait", {"duration": iso_duration(lasts)}, {})
