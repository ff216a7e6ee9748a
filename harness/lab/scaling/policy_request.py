"""What PutScalingPolicy asks for, checked. Everything here raises AwsError, or NotInTheLab for what the lab lacks."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from harness.lab.control.answer import AwsError, NotInTheLab
from harness.lab.control.metrics import MetricKey, key
from harness.lab.control.records import ACCOUNT
from harness.lab.scaling.adjustment import EXACT, KINDS, PERCENT, Step
from harness.lab.scaling.group import Group
from harness.lab.scaling.policy import (
    PREDICTIVE,
    SIMPLE,
    STEPS,
    TRACKING,
    TYPES,
    Policy,
    Predictive,
    Simple,
    Stepwise,
    Tracking,
)
from harness.lab.scaling.tracking import PER_TARGET, customized, per_target

CPU = "ASGAverageCPUUtilization"
_AGGREGATIONS = ("Average", "Minimum", "Maximum")
_SERVICE = "autoscaling"
_OF_TYPE = {
    TRACKING: {"TargetTrackingConfiguration", "EstimatedInstanceWarmup"},
    STEPS: {"AdjustmentType", "StepAdjustments", "MetricAggregationType", "EstimatedInstanceWarmup"},
    SIMPLE: {"AdjustmentType", "ScalingAdjustment", "Cooldown"},
    PREDICTIVE: {"PredictiveScalingConfiguration"},
}
_COMMON = {"AutoScalingGroupName", "PolicyName", "PolicyType", "Enabled"}


def policy_of(group: Group, asked: Mapping[str, Any], arn: str | None) -> Policy:
    """The policy that a request is for; one that is replaced keeps its ARN."""
    type = asked.get("PolicyType") or SIMPLE
    if type not in TYPES:
        raise AwsError("ValidationError", f"PolicyType must be one of {', '.join(TYPES)}, not {type}")
    magnitude = {"MinAdjustmentMagnitude"} if asked.get("AdjustmentType") == PERCENT else set()
    if extra := sorted({name for name in asked if asked[name] is not None} - _COMMON - _OF_TYPE[type] - magnitude):
        raise AwsError("ValidationError", f"{', '.join(extra)} cannot be used with {type} policies here")
    name = asked["PolicyName"]
    fresh = f"arn:aws:autoscaling:{group.region}:{ACCOUNT}:scalingPolicy:{uuid.uuid4()}"
    return Policy(
        name=name,
        group=group.name,
        region=group.region,
        arn=arn or f"{fresh}:autoScalingGroupName/{group.name}:policyName/{name}",
        type=type,
        plan=_PLANS[type](group, asked),
        enabled=str(asked.get("Enabled", True)).lower() != "false",
        warmup=_whole("EstimatedInstanceWarmup", asked.get("EstimatedInstanceWarmup")),
        asked=dict(asked),
    )


def _tracking(group: Group, asked: Mapping[str, Any]) -> Tracking:
    cpu = key("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": group.name})
    spec = asked.get("TargetTrackingConfiguration") or {}
    return tracking_of(spec, _SERVICE, {CPU: cpu}, group.balancer, group.target_group)


def tracking_of(
    spec: Mapping[str, Any], service: str, averages: Mapping[str, MetricKey], balancer: str, target_group: str
) -> Tracking:
    """The target tracking of a configuration; `averages` are the metrics of which a predefined type is the average."""
    target, scale_in = _target_of(spec), str(spec.get("DisableScaleIn", False)).lower() != "true"
    predefined, custom = spec.get("PredefinedMetricSpecification") or {}, spec.get("CustomizedMetricSpecification")
    if bool(predefined) == bool(custom):
        raise AwsError("ValidationError", "Give either a predefined or a customized metric specification")
    if custom:
        return customized(custom, service, target, scale_in=scale_in)
    kind = predefined["PredefinedMetricType"]
    if kind == PER_TARGET:
        return per_target(predefined.get("ResourceLabel"), balancer, target_group, target, scale_in=scale_in)
    if kind not in averages:
        raise NotInTheLab(service, f"target tracking of {kind}")
    return Tracking(metric=averages[kind], statistic="Average", target=target, scale_in=scale_in)


def _target_of(spec: Mapping[str, Any]) -> float:
    """The TargetValue that was asked for."""
    target = float(spec.get("TargetValue") or 0)
    if target <= 0:
        raise AwsError("ValidationError", "TargetValue must be greater than 0")
    return target


def stepwise_of(asked: Mapping[str, Any]) -> Stepwise:
    """The step adjustments that were asked for, of a group or of a service."""
    aggregation = asked.get("MetricAggregationType") or "Average"
    if aggregation not in _AGGREGATIONS:
        raise AwsError("ValidationError", f"MetricAggregationType must be one of {', '.join(_AGGREGATIONS)}")
    return Stepwise(
        kind=_adjustment_type(asked),
        steps=steps_of(asked.get("StepAdjustments") or []),
        magnitude=_whole("MinAdjustmentMagnitude", asked.get("MinAdjustmentMagnitude")) or 0,
        aggregation=aggregation,
    )


def _adjustment_type(asked: Mapping[str, Any]) -> str:
    """The AdjustmentType that was asked for."""
    kind = asked.get("AdjustmentType")
    if kind not in KINDS:
        raise AwsError("ValidationError", f"AdjustmentType must be one of {', '.join(KINDS)}, not {kind}")
    return str(kind)


def steps_of(listed: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Step adjustments in order; they must neither overlap nor leave a gap."""
    if not listed:
        raise AwsError("ValidationError", "At least one StepAdjustment must be specified")
    steps = tuple(
        Step(
            lower=_number(one.get("MetricIntervalLowerBound")),
            upper=_number(one.get("MetricIntervalUpperBound")),
            amount=int(one["ScalingAdjustment"]),
        )
        for one in listed
    )
    ordered = sorted(steps, key=lambda step: float("-inf") if step.lower is None else step.lower)
    if any(before.upper is None or before.upper != after.lower for before, after in pairwise(ordered)):
        raise AwsError("ValidationError", "StepAdjustment intervals can't overlap or have gaps between them")
    if any(s.lower is not None and s.upper is not None and s.lower >= s.upper for s in ordered):
        raise AwsError("ValidationError", "The lower bound of a StepAdjustment must be less than the upper bound")
    return tuple(ordered)


def _simple(group: Group, asked: Mapping[str, Any]) -> Simple:
    kind = _adjustment_type(asked)
    if asked.get("ScalingAdjustment") is None:
        raise AwsError("ValidationError", "ScalingAdjustment must be specified")
    amount = int(asked["ScalingAdjustment"])
    if kind == EXACT and amount < 0:
        raise AwsError("ValidationError", "An exact capacity must not be negative")
    return Simple(
        kind=kind,
        amount=amount,
        magnitude=_whole("MinAdjustmentMagnitude", asked.get("MinAdjustmentMagnitude")) or 0,
        cooldown=_whole("Cooldown", asked.get("Cooldown")),
    )


def _predictive(group: Group, asked: Mapping[str, Any]) -> Predictive:
    spec = asked.get("PredictiveScalingConfiguration") or {}
    specifications = spec.get("MetricSpecifications") or []
    if len(specifications) != 1:
        raise AwsError("ValidationError", "Exactly one metric specification must be specified")
    if spec.get("MaxCapacityBreachBehavior") not in (None, "HonorMaxCapacity") or spec.get("MaxCapacityBuffer"):
        raise NotInTheLab(_SERVICE, "predictive scaling beyond the maximum capacity")
    mode = spec.get("Mode") or "ForecastOnly"
    if mode not in ("ForecastAndScale", "ForecastOnly"):
        raise AwsError("ValidationError", f"Mode must be ForecastAndScale or ForecastOnly, not {mode}")
    buffer = _whole("SchedulingBufferTime", spec.get("SchedulingBufferTime"))
    return Predictive(
        target=_target_of(specifications[0]),
        scales=mode == "ForecastAndScale",
        buffer=300 if buffer is None else buffer,
        began=time.time(),
    )


_PLANS: Mapping[str, Callable[[Group, Mapping[str, Any]], Tracking | Stepwise | Simple | Predictive]] = {
    TRACKING: _tracking,
    STEPS: lambda _, asked: stepwise_of(asked),
    SIMPLE: _simple,
    PREDICTIVE: _predictive,
}


def _whole(name: str, value: Any) -> int | None:
    if value is not None and not 0 <= int(value) <= 86_400:
        raise AwsError("ValidationError", f"{name} must be between 0 and 86400")
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
