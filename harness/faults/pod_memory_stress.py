"""The memory of Kubernetes pods is taken by something else."""

from datetime import timedelta

from harness.faults.building import iso_duration, single
from harness.faults.pods import ACCOUNT, pods
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "pod memory stress",
    says='the pods "{labels}" of cluster "{cluster}" in "{region}" lose {percent:d} % of their memory',
    options=("region", "labels", "cluster", "percent"),
    family=Family.COMPUTE,
)
def pod_memory_stress(
    stack: Stack, *, lasts: timedelta, region: str, labels: str, cluster: str, percent: int
) -> tuple[FaultTemplate, ...]:
    """A stress process takes that share of the memory of the pods with these labels."""
    parameters = {"duration": iso_duration(lasts), "percent": str(percent), "kubernetesServiceAccount": ACCOUNT}
    return single(stack, region, "aws:eks:pod-memory-stress", parameters, {"Pods": pods(labels, cluster)})
