"""AWS throttles calls."""

from datetime import timedelta

from harness.faults.api_errors import api_errors
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "api throttled",
    says='{percent:d} % of the calls "{operations}" to EC2 in "{region}" are throttled',
    options=("region", "percent", "operations"),
    family=Family.CONTROL,
)
def api_throttled(
    stack: Stack, *, lasts: timedelta, region: str, percent: int, operations: str
) -> tuple[FaultTemplate, ...]:
    """EC2 throttles that share of these calls when a role of the stack makes them."""
    return api_errors(
        stack, region, "aws:fis:inject-api-throttle-error", lasts=lasts, percent=percent, operations=operations
    )
