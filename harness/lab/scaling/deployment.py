"""Gives the groups of a lab what its recipe says of scaling, by the same ways as the API."""

from datetime import timedelta
from typing import Any

from harness.lab.control.alarm_actions import Actions
from harness.lab.control.alarms import Alarm, Rule
from harness.lab.control.lab import Lab, now
from harness.lab.control.metrics import MetricKey, key
from harness.lab.control.records import ACCOUNT
from harness.lab.scaling.group import REPLACE, Group, Mixture
from harness.lab.scaling.group_metrics import METRICS
from harness.lab.scaling.hook import ENDING, LAUNCHING, Hook
from harness.lab.scaling.policies import Policies
from harness.lab.scaling.policy import PREDICTIVE, SIMPLE, STEPS, TRACKING
from harness.lab.scaling.policy_request import CPU
from harness.lab.scaling.recipe import (
    Metric,
    PredictiveScaling,
    Scaling,
    SimpleScaling,
    StepAlarm,
    StepScaling,
    TargetTracking,
    Watched,
)
from harness.lab.scaling.schedule import Schedule, ScheduledAction
from harness.lab.scaling.tracking import PER_TARGET, Datapoints, requests_per_target, resource_label
from harness.lab.scaling.warm_pool import WarmPool

Scaled = StepScaling | SimpleScaling


def settle(group: Group, scaling: Scaling) -> None:
    """Give a group its sizes and spans, its hooks and its pool; nothing is launched yet."""
    group.minimum, group.maximum = scaling.minimum, scaling.maximum
    group.boot_time, group.cooldown, group.grace = scaling.boot_time, scaling.cooldown, scaling.grace
    group.warmup, group.health_check = scaling.warmup, scaling.health_check
    group.collected = frozenset(METRICS) if scaling.group_metrics else frozenset()
    if scaling.mixed is not None:
        group.mixture = Mixture(base=scaling.mixed.on_demand_base, percentage=scaling.mixed.on_demand_percentage)
    if scaling.replace_unhealthy:
        del group.suspended[REPLACE]
    if (pool := scaling.warm_pool) is not None:
        group.warm_pool = WarmPool(
            minimum=pool.minimum, prepared=pool.prepared, reuse=pool.reuse_on_scale_in, start=scaling.warm_start
        )


def begin(group: Group, scaling: Scaling, policies: Policies, schedule: Schedule) -> None:
    """Put the policies, hooks and scheduled actions of a group; the recipe's times begin now."""
    policies.datapoints = Datapoints(**scaling.alarm_datapoints.model_dump())
    policies.forecast = scaling.forecast
    for hook in scaling.hooks:
        transition = LAUNCHING if hook.transition == "launching" else ENDING
        group.hooks[hook.name] = Hook(name=hook.name, transition=transition, timeout=hook.timeout, default=hook.default)
    for part in scaling.policies:
        policy = policies.put(group, {"PolicyName": part.name, **_asked(group, part)})
        if isinstance(part, StepScaling | SimpleScaling):
            policies.alarms.put(_alarm(group, part, policy.arn))
    for action in scheduled(group.name, group.region, scaling, schedule.lab):
        schedule.put(action)


def scheduled(resource: str, region: str, scaling: Scaling, lab: Lab) -> list[ScheduledAction]:
    """The scheduled actions of a recipe, from now."""
    return [
        ScheduledAction(
            name=part.name,
            group=resource,
            region=region,
            start=now() + timedelta(seconds=lab.real(part.at)),
            every=part.every,
            minimum=part.minimum,
            maximum=part.maximum,
            desired=part.desired,
        )
        for part in scaling.scheduled
    ]


def _asked(group: Group, part: TargetTracking | Scaled | PredictiveScaling) -> dict[str, Any]:
    """A policy of a recipe in the words of PutScalingPolicy."""
    match part:
        case TargetTracking():
            return {"PolicyType": TRACKING, "TargetTrackingConfiguration": _tracked(group, part), **_warmup(part)}
        case StepScaling():
            return {"PolicyType": STEPS, "StepAdjustments": steps_asked(part), **_adjustment(part), **_warmup(part)}
        case SimpleScaling():
            amounts = {"ScalingAdjustment": part.change, "Cooldown": part.cooldown}
            return {"PolicyType": SIMPLE, **amounts, **_adjustment(part)}
    specifications = [{"TargetValue": part.target}]
    spec = {"MetricSpecifications": specifications, "Mode": part.mode, "SchedulingBufferTime": int(part.buffer)}
    return {"PolicyType": PREDICTIVE, "PredictiveScalingConfiguration": spec}


def steps_asked(part: StepScaling) -> list[dict[str, Any]]:
    """The steps of a recipe as step adjustments."""
    return [
        {"MetricIntervalLowerBound": s.lower, "MetricIntervalUpperBound": s.upper, "ScalingAdjustment": s.change}
        for s in part.steps
    ]


def _adjustment(part: Scaled) -> dict[str, Any]:
    return {"AdjustmentType": part.adjustment, "MinAdjustmentMagnitude": part.magnitude}


def _warmup(part: TargetTracking | StepScaling) -> dict[str, Any]:
    return {"EstimatedInstanceWarmup": part.warmup}


def _tracked(group: Group, part: TargetTracking) -> dict[str, Any]:
    common = {"TargetValue": part.target, "DisableScaleIn": not part.scale_in}
    match part.metric:
        case Metric() as metric:
            return {**common, "CustomizedMetricSpecification": customized_of(metric)}
        case "ALBRequestCountPerTarget":
            label = resource_label(group.balancer, group.target_group)
            return {
                **common,
                "PredefinedMetricSpecification": {"PredefinedMetricType": PER_TARGET, "ResourceLabel": label},
            }
    return {**common, "PredefinedMetricSpecification": {"PredefinedMetricType": CPU}}


def customized_of(metric: Metric) -> dict[str, Any]:
    """A metric of a recipe as a customized metric specification."""
    return {
        "MetricName": metric.name,
        "Namespace": metric.namespace,
        "Statistic": metric.statistic,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
    }


def _alarm(group: Group, part: Scaled, policy: str) -> Alarm:
    name = f"{group.name}-{part.name}"
    cpu = key("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": group.name})
    per_target = requests_per_target(group.balancer, group.target_group)
    return step_alarm(name, group.region, part.alarm, policy, watched(part.alarm.metric, cpu, per_target))


def watched(metric: Watched, cpu: MetricKey, per_target: MetricKey) -> tuple[MetricKey, str]:
    """The metric that a recipe names, and the statistic of it."""
    if isinstance(metric, Metric):
        return key(metric.namespace, metric.name, metric.dimensions), metric.statistic
    return (cpu, "Average") if metric == "CPUUtilization" else (per_target, "Sum")


def step_alarm(name: str, region: str, part: StepAlarm, policy: str, metric: tuple[MetricKey, str]) -> Alarm:
    """The alarm of a recipe that calls a policy (ARN)."""
    rule = Rule(
        metric=metric[0],
        statistic=metric[1],
        comparison=part.comparison,
        threshold=part.threshold,
        period=part.period,
        periods=part.periods,
        needed=part.periods,
    )
    arn = f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"
    return Alarm(name=name, region=region, arn=arn, rule=rule, actions=Actions(alarm=(policy,)))
