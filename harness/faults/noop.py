"""Nothing breaks: the fault to try a drill with, and the smallest example of one."""

from datetime import timedelta

from harness.faults.registry import FaultTemplate, fault, iso_duration, template
from harness.stack.descriptor import Stack


@fault("nothing", options=("region",))
def nothing(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """FIS waits and touches nothing; a run with it alone proves nothing and is void."""
    actions = {"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": iso_duration(lasts)}}}
    return (FaultTemplate(region=region, template=template(stack, f"nothing breaks: {region}", actions, {})),)
