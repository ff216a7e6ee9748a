"""AWS fails inside."""

from datetime import timedelta

from harness.faults.api_errors import api_errors
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "api internal error",
    says='{percent:d} % of the calls "{operations}" to EC2 in "{region}" fail inside it',
    options=("region", "percent", "operations"),
    family=Family.CONTROL,
)
def api_internal_error(
    stack: Stack, *, lasts: timedelta, region: str, percent: int, operations: str
) -> tuple[FaultTemplate, ...]:
    """EC2 answers that share of these calls with InternalError when a role of the stack makes them."""
    return api_errors(
        stack, region, "aws:fis:inject-api-internal-error", lasts=lasts, percent=percent, operations=operations
    )
