"""aws:fis:inject-api-throttle-error: calls of the roles are answered as if there had been too many of them."""

from harness.lab.api_fault import ApiError
from harness.lab.fis.api_errors import action

ACTION = action(
    "aws:fis:inject-api-throttle-error",
    "Answer API calls of IAM roles with a throttling error.",
    {
        "ec2": ApiError(code="RequestLimitExceeded", message="Request limit exceeded.", status=503),
        "kinesis": ApiError(code="ThrottlingException", message="Rate exceeded", status=400),
    },
)
