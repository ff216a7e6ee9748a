"""Amazon EC2 Auto Scaling: the capacity of a group."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.aws.scaling import Activity, ScalingPolicy, adds, begun_since
from harness.aws.session import Aws, calling
from harness.model.fleet import Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many instances or tasks there should be and how many are in service; the limits, where there are any."""

    desired: int
    in_service: int
    minimum: int = 0
    maximum: int | None = None


class AutoScaling:
    """Auto Scaling in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("autoscaling", region)

    def capacity(self, group: str) -> Capacity | None:
        """The capacity of a group, or None when there is none of that name."""
        described = self._described(group)
        if described is None:
            return None
        return Capacity(
            minimum=described["MinSize"],
            desired=described["DesiredCapacity"],
            maximum=described["MaxSize"],
            in_service=sum(i["LifecycleState"] == "InService" for i in described["Instances"]),
        )

    def fleet(self, group: str) -> Fleet | None:
        """The instances of a group by what they do, or None when there is none of that name."""
        described = self._described(group)
        if described is None:
            return None
        states = {each["InstanceId"]: str(each["LifecycleState"]) for each in described["Instances"]}
        kinds = [state.partition(":")[0] for state in states.values()]
        return Fleet(
            desired=described["DesiredCapacity"],
            in_service=kinds.count("InService"),
            pending=kinds.count("Pending"),
            warmed=max(kinds.count("Warmed"), int(described.get("WarmPoolSize") or 0)),
            terminating=kinds.count("Terminating"),
            instances=states,
        )

    def _described(self, group: str) -> Mapping[str, Any] | None:
        with calling(f"autoscaling:DescribeAutoScalingGroups in {self.region}"):
            found = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
        return found[0] if found else None

    def policies(self, group: str) -> tuple[ScalingPolicy, ...]:
        """The scaling policies of a group."""
        with calling(f"autoscaling:DescribePolicies in {self.region}"):
            pages = self._client.get_paginator("describe_policies").paginate(AutoScalingGroupName=group)
            found = [each for page in pages for each in page["ScalingPolicies"]]
        return tuple(
            ScalingPolicy(
                name=each["PolicyName"],
                alarms=tuple(alarm["AlarmName"] for alarm in each.get("Alarms", ())),
                adds=adds([each, *each.get("StepAdjustments", ())]),
            )
            for each in found
        )

    def activities(self, group: str, since: datetime) -> tuple[Activity, ...]:
        """The scaling activities of a group that began after a moment, the oldest first."""
        with calling(f"autoscaling:DescribeScalingActivities in {self.region}"):
            pages = self._client.get_paginator("describe_scaling_activities").paginate(AutoScalingGroupName=group)
            return begun_since((each for page in pages for each in page["Activities"]), since)

    def set_desired(self, group: str, capacity: int) -> None:
        """Ask for so many instances."""
        with calling(f"autoscaling:SetDesiredCapacity of {group} in {self.region}"):
            self._client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=capacity)
