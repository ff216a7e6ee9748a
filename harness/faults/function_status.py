"""Lambda functions answer with a status of somebody else's choice."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "function status",
    says='the functions of "{region}" answer with status {status:d}',
    options=("region", "status"),
    family=Family.COMPUTE,
)
def function_status(stack: Stack, *, lasts: timedelta, region: str, status: int) -> tuple[FaultTemplate, ...]:
    """Every HTTP invocation of the stack's functions in the region is answered with that status, without running."""
    return single(
        stack,
        region,
        "aws:lambda:invocation-http-integration-response",
        {
            "duration": iso_duration(lasts),
            "preventExecution": "true",
            "statusCode": str(status),
            "contentTypeHeader": "text/plain",
        },
        {"Functions": by_tag(stack, "aws:lambda:function")},
    )
