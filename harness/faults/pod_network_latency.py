"""Kubernetes pods are slow on the network."""

from datetime import timedelta

from harness.faults.building import iso_duration, single
from harness.faults.pods import ACCOUNT, pods
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "pod network latency",
    says='the pods "{labels}" of cluster "{cluster}" in "{region}" send {milliseconds:d} ms late',
    options=("region", "labels", "cluster", "milliseconds"),
    family=Family.NETWORK,
)
def pod_network_latency(
    stack: Stack, *, lasts: timedelta, region: str, labels: str, cluster: str, milliseconds: int
) -> tuple[FaultTemplate, ...]:
    """Every packet that the pods with these labels send is delayed."""
    parameters = {
        "duration": iso_duration(lasts),
        "delayMilliseconds": str(milliseconds),
        "kubernetesServiceAccount": ACCOUNT,
    }
    return single(stack, region, "aws:eks:pod-network-latency", parameters, {"Pods": pods(labels, cluster)})
