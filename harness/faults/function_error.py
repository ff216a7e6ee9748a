"""Lambda functions fail."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "function error",
    says='the functions of "{region}" fail',
    family=Family.COMPUTE,
)
def function_error(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Every invocation of the stack's functions in the region fails, without running."""
    return single(
        stack,
        region,
        "aws:lambda:invocation-error",
        {"duration": iso_duration(lasts), "preventExecution": "true"},
        {"Functions": by_tag(stack, "aws:lambda:function")},
    )
