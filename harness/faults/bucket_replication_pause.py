"""S3 replicates no more to another region."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "bucket replication pause",
    says='the buckets of "{region}" stop replicating to "{other}"',
    options=("region", "other"),
    family=Family.DATA,
)
def bucket_replication_pause(stack: Stack, *, lasts: timedelta, region: str, other: str) -> tuple[FaultTemplate, ...]:
    """Replication of the stack's buckets in the region to buckets of the other region pauses."""
    return single(
        stack,
        region,
        "aws:s3:bucket-pause-replication",
        {"region": other, "duration": iso_duration(lasts)},
        {"Buckets": by_tag(stack, "aws:s3:bucket")},
    )
