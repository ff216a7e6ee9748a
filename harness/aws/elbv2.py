"""Elastic Load Balancing: target health and load balancer addresses."""

from collections.abc import Mapping
from typing import Any

from harness.aws.session import Aws, calling


class Elbv2:
    """Elastic Load Balancing v2 in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("elbv2", region)

    def target_health(self, target_group: str) -> Mapping[str, str]:
        """The state of each target: initial, healthy, unhealthy, draining, unused."""
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in self._described(target_group)}

    def in_use(self, target_group: str) -> Mapping[str, bool]:
        """Whether the load balancer sends to each target: healthy ones, but for those that a zonal shift keeps out."""
        return {each["Target"]["Id"]: _used(each) for each in self._described(target_group)}

    def _described(self, target_group: str) -> list[dict[str, Any]]:
        with calling(f"elasticloadbalancing:DescribeTargetHealth in {self.region}"):
            return list(self._client.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"])

    def alias(self, load_balancer: str) -> Mapping[str, object]:
        """The Route 53 alias target of a load balancer."""
        with calling(f"elasticloadbalancing:DescribeLoadBalancers in {self.region}"):
            found = self._client.describe_load_balancers(LoadBalancerArns=[load_balancer])["LoadBalancers"][0]
        return {
            "HostedZoneId": found["CanonicalHostedZoneId"],
            "DNSName": found["DNSName"],
            "EvaluateTargetHealth": False,
        }


def _used(described: Mapping[str, Any]) -> bool:
    shifted = described.get("AdministrativeOverride", {}).get("State") == "zonal_shift_active"
    return described["TargetHealth"]["State"] == "healthy" and not shifted
