"""Kubernetes pods lose packets."""

from datetime import timedelta

from harness.faults.building import iso_duration, single
from harness.faults.pods import ACCOUNT, pods
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "pod packet loss",
    says='the pods "{labels}" of cluster "{cluster}" in "{region}" lose {percent:d} % of their packets',
    options=("region", "labels", "cluster", "percent"),
    family=Family.NETWORK,
)
def pod_packet_loss(
    stack: Stack, *, lasts: timedelta, region: str, labels: str, cluster: str, percent: int
) -> tuple[FaultTemplate, ...]:
    """That share of the packets that the pods with these labels send is lost."""
    parameters = {"duration": iso_duration(lasts), "lossPercent": str(percent), "kubernetesServiceAccount": ACCOUNT}
    return single(stack, region, "aws:eks:pod-network-packet-loss", parameters, {"Pods": pods(labels, cluster)})
