"""Amazon EC2 Auto Scaling: the capacity of a group."""

from dataclasses import dataclass

from harness.aws.session import Aws, calling


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
        with calling(f"autoscaling:DescribeAutoScalingGroups in {self.region}"):
            found = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
        if not found:
            return None
        described = found[0]
        return Capacity(
            minimum=described["MinSize"],
            desired=described["DesiredCapacity"],
            maximum=described["MaxSize"],
            in_service=sum(i["LifecycleState"] == "InService" for i in described["Instances"]),
        )

    def set_desired(self, group: str, capacity: int) -> None:
        """Ask for so many instances."""
        with calling(f"autoscaling:SetDesiredCapacity of {group} in {self.region}"):
            self._client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=capacity)
