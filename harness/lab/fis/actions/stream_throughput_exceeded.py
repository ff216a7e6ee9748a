"""aws:kinesis:stream-provisioned-throughput-exception: requests for data of the streams are over their limit."""

from harness.lab.api_fault import ApiError
from harness.lab.fis.stream_errors import action

ACTION = action(
    "aws:kinesis:stream-provisioned-throughput-exception",
    "Answer requests for Kinesis data streams with a provisioned throughput exceeded exception.",
    frozenset({"PutRecord", "PutRecords", "GetRecords", "GetShardIterator"}),
    ApiError(
        code="ProvisionedThroughputExceededException",
        message="Rate exceeded for shard: the request rate is too high, or the data is too large for the throughput.",
        status=400,
    ),
)
