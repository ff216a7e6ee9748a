"""Alarms and queries in the words of the CloudWatch API."""

import math
from typing import Any

from harness.lab.control.alarm_rule import Rule
from harness.lab.control.alarms import Alarm
from harness.lab.control.metric_queries import Query
from harness.lab.control.metric_statistics import SIMPLE
from harness.lab.control.metrics import MetricKey


def describe(alarm: Alarm) -> dict[str, Any]:
    """An alarm in the words of DescribeAlarms."""
    rule = alarm.rule
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmDescription": alarm.description or None,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured,
        "ActionsEnabled": alarm.actions.enabled,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient),
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateReasonData": alarm.reason_data,
        "StateUpdatedTimestamp": alarm.updated,
        "StateTransitionedTimestamp": alarm.transitioned,
        **_watched(rule),
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.needed,
        "Threshold": rule.threshold,
        "ComparisonOperator": rule.comparison,
        "TreatMissingData": rule.missing,
    }


def _watched(rule: Rule) -> dict[str, Any]:
    if rule.metric is None:
        return {"Metrics": list(map(_query, rule.queries)), "Dimensions": []}
    simple = rule.statistic in SIMPLE
    return {
        **describe_metric(rule.metric),
        "Statistic": rule.statistic if simple else None,
        "ExtendedStatistic": None if simple else rule.statistic,
        "Period": math.ceil(rule.period),
    }


def describe_metric(metric: MetricKey) -> dict[str, Any]:
    """A metric as ListMetrics has it."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _query(query: Query) -> dict[str, Any]:
    common = {"Id": query.id, "Label": query.label or None, "ReturnData": query.returned}
    if query.metric is None:
        return {**common, "Expression": query.expression}
    period = math.ceil(query.period or 0)
    stat = {"Metric": describe_metric(query.metric), "Period": period, "Stat": query.statistic}
    return {**common, "MetricStat": stat}
