"""aws:fis:inject-api-internal-error: calls of the roles are answered as if the service had failed."""

from harness.lab.api_fault import ApiError
from harness.lab.fis.api_errors import action

ACTION = action(
    "aws:fis:inject-api-internal-error",
    "Answer API calls of IAM roles with an internal error.",
    {
        "ec2": ApiError(code="InternalError", message="An internal error has occurred", status=500),
        "kinesis": ApiError(code="InternalFailure", message="An internal failure has occurred", status=500),
    },
)
