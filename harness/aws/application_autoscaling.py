"""AWS Application Auto Scaling: what scales the tasks of an ECS service."""

from datetime import datetime

from harness.aws.scaling import Activity, ScalingPolicy, adds, begun_since
from harness.aws.session import Aws, calling

SERVICES = "ecs"


class ApplicationAutoScaling:
    """Application Auto Scaling in one region, for ECS services: `resource` is service/cluster/name."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("application-autoscaling", region)

    def policies(self, resource: str) -> tuple[ScalingPolicy, ...]:
        """The scaling policies of a service."""
        with calling(f"application-autoscaling:DescribeScalingPolicies in {self.region}"):
            pages = self._client.get_paginator("describe_scaling_policies").paginate(
                ServiceNamespace=SERVICES, ResourceId=resource
            )
            found = [each for page in pages for each in page["ScalingPolicies"]]
        return tuple(
            ScalingPolicy(
                name=each["PolicyName"],
                alarms=tuple(alarm["AlarmName"] for alarm in each.get("Alarms", ())),
                adds=adds(each.get("StepScalingPolicyConfiguration", {}).get("StepAdjustments", ())),
            )
            for each in found
        )

    def activities(self, resource: str, since: datetime) -> tuple[Activity, ...]:
        """The scaling activities of a service that began after a moment, the oldest first."""
        with calling(f"application-autoscaling:DescribeScalingActivities in {self.region}"):
            pages = self._client.get_paginator("describe_scaling_activities").paginate(
                ServiceNamespace=SERVICES, ResourceId=resource
            )
            return begun_since((each for page in pages for each in page["ScalingActivities"]), since)
