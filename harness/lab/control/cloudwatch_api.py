"""The CloudWatch API: alarms, beside the metrics. Alarm actions other than scaling policies are refused."""

import json
import logging
from typing import Any

from harness.lab.control.alarm_actions import Actions, is_managed, is_policy
from harness.lab.control.alarm_description import describe
from harness.lab.control.alarms import ALARM, COMPARISONS, INSUFFICIENT, MISSING, OK, Alarm, Rule
from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, page
from harness.lab.control.cloudwatch_metrics_api import MetricsCalls, dimensions, flag, known, refusing
from harness.lab.control.metric_queries import periods
from harness.lab.control.metrics import key

log = logging.getLogger("lab.cloudwatch")


class CloudWatchApi(MetricsCalls):
    """Serves the metrics and alarms of one region a request."""

    # Alarms

    def put_metric_alarm(self) -> EmptyResult:
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
            enabled=flag(self.ask("ActionsEnabled", True)),
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

    def _refuse(self) -> None:
        """Raise for what an alarm of the lab would not go by."""
        for name in ("Unit", "EvaluateLowSampleCountPercentile"):
            if self.ask(name) not in (None, "evaluate"):
                raise NotInTheLab("monitoring", f"PutMetricAlarm with {name}")
        if self.ask("Threshold") is None:
            raise AwsError("ValidationError", "Threshold must be given")

    def _rule(self) -> Rule:
        self._refuse()
        periods = int(self.ask("EvaluationPeriods", 1))
        rule = Rule(
            **self._watched(),
            comparison=self.ask("ComparisonOperator"),
            threshold=float(self.ask("Threshold")),
            periods=periods,
            needed=int(self.ask("DatapointsToAlarm", periods)),
            missing=self.ask("TreatMissingData") or "missing",
        )
        if rule.comparison not in COMPARISONS or rule.missing not in MISSING:
            raise AwsError("ValidationError", f"the lab cannot do {rule.comparison} with missing data {rule.missing!r}")
        if not 1 <= rule.needed <= periods:
            raise AwsError("ValidationError", "DatapointsToAlarm must be in 1..EvaluationPeriods")
        if rule.period not in (10, 20, 30) and rule.period % 60:
            raise AwsError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
        self._try(rule)
        return rule

    def _watched(self) -> dict[str, Any]:
        """A statistic of a metric, or queries of which one is returned; and the period."""
        if asked := self.ask("Metrics"):
            if self.ask("MetricName") or self.ask("Period"):
                raise AwsError(
                    "ValidationError", "Metrics excludes MetricName, Dimensions, Period, Namespace, Statistic"
                )
            queries = self.queries(asked)
            if sum(query.returned for query in queries) != 1 or len(periods(queries)) != 1:
                raise AwsError("ValidationError", "one query must return data, and all metrics have one period")
            return {"queries": queries, "period": periods(queries).pop()}
        metric = key(self.ask("Namespace", ""), self.ask("MetricName", ""), dimensions(self.ask("Dimensions")))
        statistic = self.ask("Statistic") or self.ask("ExtendedStatistic") or ""
        known([statistic])
        return {"metric": metric, "statistic": statistic, "period": float(self.ask("Period", 60))}

    def _try(self, rule: Rule) -> None:
        """Compute once what is watched: what is wrong with an expression is not a matter of the data."""
        with refusing():
            self.alarms.watch(self.region, rule, 0, rule.period)

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
        metric = key(self.ask("Namespace"), self.ask("MetricName"), dimensions(self.ask("Dimensions")))
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


def _datapoints(data: str | None) -> tuple[float, ...]:
    """The datapoints that StateReasonData gives, which is how a scaling policy learns of them."""
    try:
        return tuple(float(point) for point in json.loads(data or "{}").get("recentDatapoints", ()))
    except (ValueError, TypeError, AttributeError) as error:
        raise AwsError("ValidationError", f"StateReasonData is not JSON with recentDatapoints: {error}") from error
