"""aws:kinesis:stream-expired-iterator-exception: readers of the streams have to ask for a new iterator."""

from harness.lab.api_fault import ApiError
from harness.lab.fis.stream_errors import action

ACTION = action(
    "aws:kinesis:stream-expired-iterator-exception",
    "Answer GetRecords requests for Kinesis data streams with an expired iterator exception.",
    frozenset({"GetRecords"}),
    ApiError(code="ExpiredIteratorException", message="The provided iterator has expired.", status=400),
)
