"""An Aurora cluster fails over to a reader of the same region."""

from datetime import timedelta

from harness.faults.building import by_tag, single, watched
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "cluster failover",
    says='the database cluster of "{region}" fails over',
    family=Family.DATA,
    proof="cluster writer",
)
def cluster_failover(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """A reader of the stack's database clusters in the region becomes the writer."""
    targets = {"Clusters": by_tag(stack, "aws:rds:cluster")}
    return watched(single(stack, region, "aws:rds:failover-db-cluster", {}, targets), lasts)
