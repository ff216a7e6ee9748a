"""Lambda functions start late."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "function delay",
    says='the functions of "{region}" start {milliseconds:d} ms late',
    options=("region", "milliseconds"),
    family=Family.COMPUTE,
)
def function_delay(stack: Stack, *, lasts: timedelta, region: str, milliseconds: int) -> tuple[FaultTemplate, ...]:
    """Every invocation of the stack's functions in the region waits before it runs."""
    return single(
        stack,
        region,
        "aws:lambda:invocation-add-delay",
        {"duration": iso_duration(lasts), "startupDelayMilliseconds": str(milliseconds)},
        {"Functions": by_tag(stack, "aws:lambda:function")},
    )
