"""The CloudWatch API: metrics, statistics with percentiles, and alarms.

A `Period` is model seconds, so it covers Period / time_scale of wall time; timestamps are wall time.
Metric math is refused, and alarm actions other than scaling policies.
"""

import json
import logging
from datetime import datetime
from typing import Any

from harness.lab.control.alarm_actions import Actions, is_managed, is_policy
from harness.lab.control.alarms import ALARM, COMPARISONS, INSUFFICIENT, MISSING, OK, Alarm, Alarms, Rule, describe
from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.lab import now
from harness.lab.control.metric_statistics import SIMPLE, knows
from harness.lab.control.metrics import Datum, MetricKey, Metrics, datum, key, statistic, statistic_set

log = logging.getLogger("lab.cloudwatch")


def _dimensions(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {d["Name"]: d.get("Value", "") for d in listed or ()}


def _moment(at: datetime | str) -> float:
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return (at if at.tzinfo else at.replace(tzinfo=now().tzinfo)).timestamp()


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=now().tzinfo)


class CloudWatchApi(Response):
    """Serves the metrics and alarms of one region a request."""

    def __init__(self, alarms: Alarms) -> None:
        super().__init__("cloudwatch")
        self.alarms = alarms

    @property
    def metrics(self) -> Metrics:
        """The metrics of the region that was asked."""
        return self.alarms.metrics[self.region]

    # Metrics

    def put_metric_data(self) -> EmptyResult:
        namespace = self.ask("Namespace")
        if not namespace or namespace.startswith("AWS/"):
            raise AwsError("InvalidParameterValue", f"the namespace {namespace!r} is reserved or empty")
        data = self.ask("MetricData", [])
        if any(not {"Value", "Values", "StatisticValues"} & set(one) for one in data):
            raise AwsError("MissingParameter", "a datum needs Value, Values or StatisticValues")
        for one in data:
            metric = key(namespace, one["MetricName"], _dimensions(one.get("Dimensions")))
            self.metrics.put(metric, _datum(one))
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        names = [*(self.ask("Statistics") or []), *(self.ask("ExtendedStatistics") or [])]
        _known(names)
        metric = key(self.ask("Namespace"), self.ask("MetricName"), _dimensions(self.ask("Dimensions")))
        periods = self._periods(metric, self.ask("StartTime"), self.ask("EndTime"), self.ask("Period"))
        points = [_point(start, data, names) for start, data in periods]
        return ActionResult({"Label": metric.name, "Datapoints": points})

    def get_metric_data(self) -> ActionResult:
        results = [self._query(query) for query in self.ask("MetricDataQueries", [])]
        return ActionResult({"MetricDataResults": [r for r in results if r is not None], "Messages": []})

    def _query(self, query: dict[str, Any]) -> dict[str, Any] | None:
        stat = query.get("MetricStat")
        if not stat:
            raise NotInTheLab("monitoring", f"metric math ({query.get('Expression')})")
        if not _flag(query.get("ReturnData", True)):
            return None
        _known([stat["Stat"]])
        asked = stat["Metric"]
        metric = key(asked["Namespace"], asked["MetricName"], _dimensions(asked.get("Dimensions")))
        periods = self._periods(metric, self.ask("StartTime"), self.ask("EndTime"), stat["Period"])
        pairs = [(start, v) for start, data in periods if (v := statistic(data, stat["Stat"])) is not None]
        if self.ask("ScanBy", "TimestampDescending") == "TimestampDescending":
            pairs.reverse()
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or metric.name,
            "Timestamps": [_when(at) for at, _ in pairs],
            "Values": [value for _, value in pairs],
            "StatusCode": "Complete",
        }

    def _periods(self, metric: MetricKey, start: Any, end: Any, period: Any) -> list[tuple[float, list[Datum]]]:
        since, until, real = _moment(start), _moment(end), self.alarms.lab.real(float(period))
        if since >= until:
            raise AwsError("InvalidParameterValue", "StartTime must be less than EndTime")
        return self.metrics.periods(metric, since, until, real)

    def list_metrics(self) -> ActionResult:
        namespace, name, dimensions = self.ask("Namespace"), self.ask("MetricName"), self.ask("Dimensions", [])
        found = [
            metric
            for metric in self.metrics.known()
            if namespace in (None, metric.namespace)
            and name in (None, metric.name)
            and all(dict(metric.dimensions).get(d["Name"]) in (d.get("Value"), None) for d in dimensions)
            and {d["Name"] for d in dimensions} <= set(dict(metric.dimensions))
        ]
        some, token = page(found, self.ask("NextToken"), None, 500)
        described = [
            {
                "Namespace": m.namespace,
                "MetricName": m.name,
                "Dimensions": [{"Name": n, "Value": v} for n, v in m.dimensions],
            }
            for m in some
        ]
        return ActionResult({"Metrics": described, "NextToken": token})

    # Alarms

    def put_metric_alarm(self) -> EmptyResult:
        if self.ask("Metrics"):
            raise NotInTheLab("monitoring", "PutMetricAlarm with metric math")
        name, account = self.ask("AlarmName"), self.current_account
        arn = f"arn:aws:cloudwatch:{self.region}:{account}:alarm:{name}"
        tags = {t["Key"]: t["Value"] for t in self.ask("Tags", [])}
        alarm = Alarm(name=name, region=self.region, arn=arn, rule=self._rule(), actions=self._actions(), tags=tags)
        alarm.description = self.ask("AlarmDescription", "")
        self._warn([name], "changed")
        self.alarms.put(alarm)
        return EmptyResult()

    def _actions(self) -> Actions:
        actions = Actions(
            alarm=tuple(self.ask("AlarmActions") or ()),
            ok=tuple(self.ask("OKActions") or ()),
            insufficient=tuple(self.ask("InsufficientDataActions") or ()),
            enabled=_flag(self.ask("ActionsEnabled", True)),
        )
        if strange := [arn for arn in actions.every() if not is_policy(arn)]:
            raise NotInTheLab("monitoring", f"PutMetricAlarm with actions other than scaling policies: {strange}")
        return actions

    def _warn(self, names: list[str], what: str) -> None:
        """Write down that a user touched alarms of target tracking, which AWS allows but warns of."""
        for name in names:
            if is_managed(name) and (self.region, name) in self.alarms.alarms:
                log.warning("a user %s the alarm %s of a target tracking policy", what, name)
                self.alarms.lab.truth.write("managed_alarm_touched", name=name, region=self.region, how=what)

    def enable_alarm_actions(self) -> EmptyResult:
        return self._enable(True)

    def disable_alarm_actions(self) -> EmptyResult:
        return self._enable(False)

    def _enable(self, enabled: bool) -> EmptyResult:
        for alarm in self._named():
            self.alarms.enable(alarm, enabled)
        return EmptyResult()

    def _named(self) -> list[Alarm]:
        names = self.ask("AlarmNames", [])
        if unknown := [name for name in names if (self.region, name) not in self.alarms.alarms]:
            raise AwsError("ResourceNotFound", f"there are no alarms {', '.join(unknown)}")
        return [self.alarms.alarms[self.region, name] for name in names]

    def _rule(self) -> Rule:
        periods = int(self.ask("EvaluationPeriods", 1))
        rule = Rule(
            metric=key(self.ask("Namespace", ""), self.ask("MetricName", ""), _dimensions(self.ask("Dimensions"))),
            statistic=self.ask("Statistic") or self.ask("ExtendedStatistic") or "",
            comparison=self.ask("ComparisonOperator"),
            threshold=float(self.ask("Threshold", 0)),
            period=float(self.ask("Period", 60)),
            periods=periods,
            needed=int(self.ask("DatapointsToAlarm", periods)),
            missing=self.ask("TreatMissingData") or "missing",
        )
        _known([rule.statistic])
        if rule.comparison not in COMPARISONS or rule.missing not in MISSING:
            raise AwsError("ValidationError", f"the lab cannot do {rule.comparison} with missing data {rule.missing!r}")
        if not 1 <= rule.needed <= periods:
            raise AwsError("ValidationError", "DatapointsToAlarm must be in 1..EvaluationPeriods")
        if rule.period not in (10, 20, 30) and rule.period % 60:
            raise AwsError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
        return rule

    def _of_region(self) -> list[Alarm]:
        return [a for (region, _), a in sorted(self.alarms.alarms.items()) if region == self.region]

    def describe_alarms(self) -> ActionResult:
        names, prefix, state = self.ask("AlarmNames", []), self.ask("AlarmNamePrefix", ""), self.ask("StateValue")
        found = [
            alarm
            for alarm in self._of_region()
            if (not names or alarm.name in names) and alarm.name.startswith(prefix) and state in (None, alarm.state)
        ]
        some, token = page(found, self.ask("NextToken"), self.ask("MaxRecords"))
        return ActionResult({"MetricAlarms": list(map(describe, some)), "CompositeAlarms": [], "NextToken": token})

    def describe_alarms_for_metric(self) -> ActionResult:
        metric = key(self.ask("Namespace"), self.ask("MetricName"), _dimensions(self.ask("Dimensions")))
        return ActionResult({"MetricAlarms": [describe(a) for a in self._of_region() if a.rule.metric == metric]})

    def describe_alarm_history(self) -> ActionResult:
        name, kind = self.ask("AlarmName"), self.ask("HistoryItemType")
        items: list[dict[str, Any]] = [
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": change.at,
                "HistoryItemType": change.kind,
                "HistorySummary": change.summary,
                "HistoryData": change.data,
            }
            for alarm in self._of_region()
            if name in (None, alarm.name)
            for change in list(alarm.history)
            if kind in (None, change.kind)
        ]
        items.sort(key=lambda item: item["Timestamp"], reverse=self.ask("ScanBy") != "TimestampAscending")
        some, token = page(items, self.ask("NextToken"), self.ask("MaxRecords"))
        return ActionResult({"AlarmHistoryItems": some, "NextToken": token})

    def set_alarm_state(self) -> EmptyResult:
        name, state = self.ask("AlarmName"), self.ask("StateValue")
        alarm = self.alarms.alarms.get((self.region, name))
        if alarm is None:
            raise AwsError("ResourceNotFound", f"there is no alarm {name!r}")
        if state not in (OK, ALARM, INSUFFICIENT):
            raise AwsError("ValidationError", f"there is no state {state!r}")
        data = self.ask("StateReasonData")
        alarm.points = _datapoints(data)
        self.alarms.set(alarm, state, self.ask("StateReason", ""), data)
        return EmptyResult()

    def delete_alarms(self) -> EmptyResult:
        names = [alarm.name for alarm in self._named()]
        self._warn(names, "deleted")
        for name in names:
            self.alarms.delete(self.region, name)
        return EmptyResult()

    # Tags

    def _tagged(self) -> Alarm:
        arn = self.ask("ResourceARN")
        alarm = next((a for a in self._of_region() if a.arn == arn), None)
        if alarm is None:
            raise AwsError("ResourceNotFoundException", f"there is no {arn}")
        return alarm

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"Tags": [{"Key": k, "Value": v} for k, v in self._tagged().tags.items()]})

    def tag_resource(self) -> EmptyResult:
        self._tagged().tags.update({t["Key"]: t["Value"] for t in self.ask("Tags", [])})
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        for name in self.ask("TagKeys", []):
            self._tagged().tags.pop(name, None)
        return EmptyResult()


def _flag(asked: Any) -> bool:
    return str(asked).lower() == "true"


def _datapoints(data: str | None) -> tuple[float, ...]:
    """The datapoints that StateReasonData gives, which is how a scaling policy learns of them."""
    try:
        return tuple(float(point) for point in json.loads(data or "{}").get("recentDatapoints", ()))
    except (ValueError, TypeError, AttributeError) as error:
        raise AwsError("ValidationError", f"StateReasonData is not JSON with recentDatapoints: {error}") from error


def _known(names: list[str]) -> None:
    if not names or not all(map(knows, names)):
        raise AwsError(
            "InvalidParameterValue",
            f"the lab has no statistics {names}; it has {', '.join(SIMPLE)}, pNN, tm, wm, tc, ts, PR and IQM",
        )


def _point(start: float, data: list[Datum], names: list[str]) -> dict[str, Any]:
    values = {name: statistic(data, name) for name in names}
    extended = {name: value for name, value in values.items() if name not in SIMPLE and value is not None}
    simple = {name: value for name, value in values.items() if name in SIMPLE}
    return {"Timestamp": _when(start), "Unit": data[0].unit, **simple, "ExtendedStatistics": extended or None}


def _datum(one: dict[str, Any]) -> Datum:
    at, unit = _moment(one.get("Timestamp") or now()), one.get("Unit") or "None"
    if stats := one.get("StatisticValues"):
        return statistic_set(at, stats, unit)
    values = [float(value) for value in one.get("Values") or [one["Value"]]]
    counts = [float(count) for count in one.get("Counts") or [1] * len(values)]
    if len(counts) != len(values):
        raise AwsError("InvalidParameterValue", "Values and Counts must be of the same size")
    return datum(at, values, unit, counts)
