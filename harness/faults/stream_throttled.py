"""Kinesis streams exceed their throughput."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "stream throttled",
    says='{percent:d} % of the calls to the streams of "{region}" exceed their throughput',
    options=("region", "percent"),
    family=Family.DATA,
)
def stream_throttled(stack: Stack, *, lasts: timedelta, region: str, percent: int) -> tuple[FaultTemplate, ...]:
    """That share of the calls to the stack's streams in the region exceeds the provisioned throughput."""
    return single(
        stack,
        region,
        "aws:kinesis:stream-provisioned-throughput-exception",
        {"percentage": str(percent), "duration": iso_duration(lasts)},
        {"KinesisStreams": by_tag(stack, "aws:kinesis:stream")},
    )
