"""Amazon CloudWatch: alarms and metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.aws.session import Aws, calling


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmState:
    """A metric alarm: its state and when AWS says it moved there."""

    name: str
    arn: str
    region: str
    state: str
    updated: datetime
    reason: str


class CloudWatch:
    """CloudWatch in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("cloudwatch", region)

    def alarms(self, names: Sequence[str]) -> tuple[AlarmState, ...]:
        """The named metric alarms that exist."""
        with calling(f"cloudwatch:DescribeAlarms in {self.region}"):
            found = self._client.describe_alarms(AlarmNames=list(names))["MetricAlarms"]
        return tuple(
            AlarmState(
                name=each["AlarmName"],
                arn=each["AlarmArn"],
                region=self.region,
                state=each["StateValue"],
                updated=each["StateUpdatedTimestamp"],
                reason=each.get("StateReason", ""),
            )
            for each in found
        )

    def latest(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> float | None:
        """The newest average of a metric in the last five minutes, or None when there is none."""
        now = datetime.now(UTC)
        with calling(f"cloudwatch:GetMetricStatistics {metric} in {self.region}"):
            points = self._client.get_metric_statistics(
                Namespace=namespace,
                MetricName=metric,
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
                StartTime=now - timedelta(minutes=5),
                EndTime=now + timedelta(minutes=1),
                Period=60,
                Statistics=["Average"],
            )["Datapoints"]
        if not points:
            return None
        return float(max(points, key=lambda point: point["Timestamp"])["Average"])
