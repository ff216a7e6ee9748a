"""AWS is unavailable for calls."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "api unavailable",
    says='{percent:d} % of the calls "{operations}" to EC2 in "{region}" find it unavailable',
    options=("region", "percent", "operations"),
    family=Family.CONTROL,
)
def api_unavailable(
    stack: Stack, *, lasts: timedelta, region: str, percent: int, operations: str
) -> tuple[FaultTemplate, ...]:
    """EC2 answers that share of these calls with Unavailable when a role of the stack makes them."""
    return single(
        stack,
        region,
        "aws:fis:inject-api-unavailable-error",
        {
            "service": "ec2",
            "operations": operations,
            "percentage": str(percent),
            "duration": iso_duration(lasts),
        },
        {"Roles": by_tag(stack, "aws:iam:role")},
    )
