"""Pods as targets: EKS finds them by label, in the namespace that the stack uses."""

from typing import Any

ACCOUNT = "drill-fis"  # the Kubernetes service account that FIS acts as; see docs/faults.md
_NAMESPACE = "default"


def pods(labels: str, cluster: str) -> dict[str, Any]:
    """A target: all pods of a cluster with these labels."""
    return {
        "resourceType": "aws:eks:pod",
        "selectionMode": "ALL",
        "parameters": {
            "clusterIdentifier": cluster,
            "namespace": _NAMESPACE,
            "selectorType": "labelSelector",
            "selectorValue": labels,
        },
    }
