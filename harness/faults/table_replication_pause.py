"""A DynamoDB global table replicates no more."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "table replication pause",
    says='the tables of "{region}" stop replicating',
    family=Family.DATA,
)
def table_replication_pause(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """Replication of the stack's global tables to and from the region pauses."""
    return single(
        stack,
        region,
        "aws:dynamodb:global-table-pause-replication",
        {"duration": iso_duration(lasts)},
        {"Tables": by_tag(stack, "aws:dynamodb:global-table")},
    )
