"""What target tracking watches: the metrics that have names of their own, and the two alarms it makes of one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.lab.control.alarm_actions import Actions
from harness.lab.control.alarms import Alarm, Rule
from harness.lab.control.answer import AwsError, NotInTheLab
from harness.lab.control.balancer_metrics import NAMESPACE, balancer_dimension, target_dimension
from harness.lab.control.metrics import MetricKey, key
from harness.lab.control.records import ACCOUNT
from harness.lab.scaling.policy import Tracking

PER_TARGET = "ALBRequestCountPerTarget"
STATISTICS = ("Average", "Minimum", "Maximum", "SampleCount", "Sum")
_HIGH = "GreaterThanThreshold"
LOW_SHARE = 0.9  # of the target, below which the metric is low


@dataclass(frozen=True, slots=True, kw_only=True)
class Datapoints:
    """How many datapoints of a period (model seconds) are enough for the alarms; as on AWS unless told."""

    period: float = 60.0
    high: int = 3
    low: int = 15


def resource_label(balancer: str, target_group: str) -> str:
    """How a policy names a balancer and its target group (ARNs)."""
    return "/".join((*balancer_dimension(balancer).values(), *target_dimension(target_group).values()))


def requests_per_target(balancer: str, target_group: str) -> MetricKey:
    """The requests that each healthy target of a group got."""
    return key(NAMESPACE, "RequestCountPerTarget", {**balancer_dimension(balancer), **target_dimension(target_group)})


def healthy_hosts(balancer: str, target_group: str) -> MetricKey:
    """How many targets of a group are healthy."""
    return key(NAMESPACE, "HealthyHostCount", {**balancer_dimension(balancer), **target_dimension(target_group)})


def per_target(label: str | None, balancer: str, target_group: str, target: float, *, scale_in: bool) -> Tracking:
    """Tracking of the requests per target. Raises AwsError when the label is that of nothing here."""
    if label != resource_label(balancer, target_group):
        raise AwsError("ValidationError", f"The resource label {label!r} is not that of the group's target group")
    metric, hosts = requests_per_target(balancer, target_group), healthy_hosts(balancer, target_group)
    return Tracking(metric=metric, statistic="Sum", target=target, scale_in=scale_in, behind=hosts)


def customized(spec: Mapping[str, Any], service: str, target: float, *, scale_in: bool) -> Tracking:
    """Tracking of any metric. Raises AwsError, and NotInTheLab for metric math."""
    if spec.get("Metrics"):
        raise NotInTheLab(service, "target tracking of metric math")
    if spec.get("Period") not in (None, 60):
        raise NotInTheLab(service, "target tracking with a Period of its own")
    name, namespace, statistic = (str(spec.get(each) or "") for each in ("MetricName", "Namespace", "Statistic"))
    if not name or not namespace or statistic not in STATISTICS:
        raise AwsError("ValidationError", "A customized metric needs MetricName, Namespace and Statistic")
    dimensions = {d["Name"]: d["Value"] for d in spec.get("Dimensions") or []}
    return Tracking(metric=key(namespace, name, dimensions), statistic=statistic, target=target, scale_in=scale_in)


def make_alarms(tracking: Tracking, region: str, resource: str, policy: str, datapoints: Datapoints) -> list[Alarm]:
    """The alarms of a policy (ARN) on a resource; without scaling in there is only the high one."""
    prefix, bound = f"TargetTracking-{resource}", tracking.bound(datapoints.period)
    high = _rule(tracking, datapoints, _HIGH, bound)
    low = _rule(tracking, datapoints, "LessThanThreshold", bound * LOW_SHARE)
    made = [_alarm(f"{prefix}-AlarmHigh-{uuid.uuid4()}", region, policy, high)]
    return [*made, _alarm(f"{prefix}-AlarmLow-{uuid.uuid4()}", region, policy, low)] if tracking.scale_in else made


def _rule(tracking: Tracking, datapoints: Datapoints, comparison: str, threshold: float) -> Rule:
    count = datapoints.high if comparison == _HIGH else datapoints.low
    return Rule(
        metric=tracking.metric,
        statistic=tracking.statistic,
        comparison=comparison,
        threshold=threshold,
        period=datapoints.period,
        periods=count,
        needed=count,
    )


def _alarm(name: str, region: str, policy: str, rule: Rule) -> Alarm:
    return Alarm(
        name=name,
        region=region,
        arn=f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}",
        rule=rule,
        actions=Actions(alarm=(policy,)),
        description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy}.",
    )


def is_high(alarm: Alarm) -> bool:
    """Whether an alarm of target tracking is the one for too much."""
    return alarm.rule.comparison == _HIGH


def latest(alarm: Alarm) -> float:
    """The newest datapoint of an alarm. Raises LookupError when there is none."""
    for point in reversed(alarm.points):
        if point is not None:
            return point
    raise LookupError(f"the alarm {alarm.name} has no datapoint to scale by")


def highest(alarm: Alarm) -> float:
    """The highest of the datapoints of an alarm. Raises LookupError when there is none."""
    present = [point for point in alarm.points if point is not None]
    if not present:
        raise LookupError(f"the alarm {alarm.name} has no datapoint to scale by")
    return max(present)
