"""aws:fis:inject-api-unavailable-error: calls of the roles are answered as if the service were not there."""

from harness.lab.api_fault import ApiError
from harness.lab.fis.api_errors import action

_MESSAGE = "The service is unavailable. Please try again shortly."

ACTION = action(
    "aws:fis:inject-api-unavailable-error",
    "Answer API calls of IAM roles with an unavailable error.",
    {
        "ec2": ApiError(code="Unavailable", message=_MESSAGE, status=503),
        "kinesis": ApiError(code="ServiceUnavailable", message=_MESSAGE, status=503),
    },
)
