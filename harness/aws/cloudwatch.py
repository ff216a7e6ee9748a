"""Amazon CloudWatch: alarms and metrics."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric, one of its statistics, and the period of that in seconds as the API has it.

    With `queries` it is metric math: the queries of GetMetricData that compute it, as an alarm has them.
    """

    namespace: str
    name: str
    statistic: str
    period: int
    dimensions: Mapping[str, str] = field(default_factory=dict)
    queries: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """What an alarm looks at, on which side of what value it rings, and in how many of how many periods."""

    name: str
    above: bool
    threshold: float
    metric: Metric
    datapoints_to_alarm: int = 1
    evaluation_periods: int = 1


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

    def rules(self, names: Sequence[str]) -> tuple[AlarmRule, ...]:
        """What the named metric alarms look at; those that exist."""
        with calling(f"cloudwatch:DescribeAlarms in {self.region}"):
            found = self._client.describe_alarms(AlarmNames=list(names))["MetricAlarms"]
        return tuple(_rule(each) for each in found)

    def points(
        self, metrics: Sequence[Metric], since: datetime, until: datetime
    ) -> tuple[tuple[tuple[datetime, float], ...], ...]:
        """The points of each metric in [since, until), the oldest first; each stands where its period begins."""
        queries = [query for n, metric in enumerate(metrics) for query in _queries(n, metric)]
        found: dict[str, list[tuple[datetime, float]]] = {}
        with calling(f"cloudwatch:GetMetricData in {self.region}"):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=since, EndTime=until, ScanBy="TimestampAscending"
            )
            for each in (result for page in pages for result in page["MetricDataResults"]):
                found.setdefault(each["Id"], []).extend(zip(each["Timestamps"], each["Values"], strict=True))
        return tuple(tuple(sorted(found.get(_returned(n, metric), ()))) for n, metric in enumerate(metrics))

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


def _rule(described: Mapping[str, Any]) -> AlarmRule:
    above = str(described.get("ComparisonOperator", "")).startswith("Greater")
    threshold = float(described.get("Threshold") or 0.0)
    periods = int(described.get("EvaluationPeriods") or 1)
    return AlarmRule(
        name=described["AlarmName"],
        above=above,
        threshold=threshold,
        metric=_metric(described),
        datapoints_to_alarm=int(described.get("DatapointsToAlarm") or periods),
        evaluation_periods=periods,
    )


def _metric(described: Mapping[str, Any]) -> Metric:
    if queries := tuple(described.get("Metrics") or ()):
        periods = [int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q]
        returned = next((q for q in queries if q.get("ReturnData", True)), queries[-1])
        return Metric(
            namespace="",
            name=str(returned.get("Label") or described["AlarmName"]),
            statistic=str(returned.get("Expression", "")),
            period=int(described.get("Period") or max(periods, default=60)),
            queries=queries,
        )
    return Metric(
        namespace=described["Namespace"],
        name=described["MetricName"],
        statistic=described.get("ExtendedStatistic") or described["Statistic"],
        period=int(described["Period"]),
        dimensions={each["Name"]: each["Value"] for each in described.get("Dimensions", ())},
    )


def _queries(n: int, metric: Metric) -> list[dict[str, Any]]:
    """The queries of one metric; ids of metric math get a prefix, and expressions name them by it."""
    if not metric.queries:
        dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
        asked = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
        return [{"Id": f"m{n}", "MetricStat": {"Metric": asked, "Period": metric.period, "Stat": metric.statistic}}]
    named = {str(query["Id"]): f"m{n}_{query['Id']}" for query in metric.queries}
    return [_renamed(query, named) for query in metric.queries]


def _renamed(query: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    words = re.compile(rf"\b({'|'.join(map(re.escape, named))})\b")
    made = {**query, "Id": named[str(query["Id"])]}
    if "Expression" in query:
        made["Expression"] = words.sub(lambda found: named[found[1]], str(query["Expression"]))
    return made


def _returned(n: int, metric: Metric) -> str:
    """The id of the result of one metric."""
    if not metric.queries:
        return f"m{n}"
    returned = next((q for q in metric.queries if q.get("ReturnData", True)), metric.queries[-1])
    return f"m{n}_{returned['Id']}"
