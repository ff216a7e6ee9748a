"""Kubernetes pods are deleted."""

from datetime import timedelta

from harness.faults.building import single, watched
from harness.faults.pods import ACCOUNT, pods
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "pod deletion",
    says='the pods "{labels}" of cluster "{cluster}" in "{region}" are deleted',
    options=("region", "labels", "cluster"),
    family=Family.COMPUTE,
)
def pod_deletion(
    stack: Stack, *, lasts: timedelta, region: str, labels: str, cluster: str
) -> tuple[FaultTemplate, ...]:
    """The pods with these labels are deleted once; their controller replaces them."""
    parameters = {"kubernetesServiceAccount": ACCOUNT}
    return watched(single(stack, region, "aws:eks:pod-delete", parameters, {"Pods": pods(labels, cluster)}), lasts)
