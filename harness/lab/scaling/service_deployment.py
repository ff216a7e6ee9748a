"""Gives the ECS services of a lab what its recipe says of scaling, by the same ways as the API."""

from typing import Any

from harness.lab.control.metrics import key
from harness.lab.ecs.cluster import SERVICE, Cluster
from harness.lab.scaling.deployment import customized_of, scheduled, step_alarm, steps_asked, watched
from harness.lab.scaling.policy import STEPS, TRACKING
from harness.lab.scaling.recipe import Metric, Scaling, StepScaling, TargetTracking
from harness.lab.scaling.service_request import CPU
from harness.lab.scaling.services import Services
from harness.lab.scaling.tracking import PER_TARGET, Datapoints, requests_per_target, resource_label


def begin_service(cluster: Cluster, scaling: Scaling, services: Services) -> None:
    """Register a service and put its policies and scheduled actions; the recipe's times begin now."""
    region = cluster.region
    services.datapoints = Datapoints(**scaling.alarm_datapoints.model_dump())
    services.register(region, (scaling.minimum, scaling.maximum), {})
    for part in scaling.policies:
        if isinstance(part, TargetTracking | StepScaling):
            _put(cluster, part, services)
    for action in scheduled(services.resource(region), region, scaling, services.lab):
        services.actions[region, action.name] = action


def _put(cluster: Cluster, part: TargetTracking | StepScaling, services: Services) -> None:
    balancer, group = services.balancers[cluster.region], cluster.service.target_group
    if isinstance(part, TargetTracking):
        spec = _tracked(part, resource_label(balancer, group))
        asked = {"PolicyType": TRACKING, "TargetTrackingScalingPolicyConfiguration": spec}
        services.put(cluster.region, {"PolicyName": part.name, **asked})
        return
    policy = services.put(
        cluster.region, {"PolicyName": part.name, "PolicyType": STEPS, "StepScalingPolicyConfiguration": _steps(part)}
    )
    cpu = key("AWS/ECS", "CPUUtilization", {"ClusterName": cluster.name, "ServiceName": SERVICE})
    metric = watched(part.alarm.metric, cpu, requests_per_target(balancer, group))
    alarm = step_alarm(f"{cluster.name}-{part.name}", cluster.region, part.alarm, policy.arn, metric)
    services.alarms.put(alarm)


def _steps(part: StepScaling) -> dict[str, Any]:
    return {
        "AdjustmentType": part.adjustment,
        "StepAdjustments": steps_asked(part),
        "MinAdjustmentMagnitude": part.magnitude,
        "Cooldown": part.cooldown,
    }


def _tracked(part: TargetTracking, label: str) -> dict[str, Any]:
    spans = {"ScaleInCooldown": part.scale_in_cooldown, "ScaleOutCooldown": part.scale_out_cooldown}
    common = {"TargetValue": part.target, "DisableScaleIn": not part.scale_in, **spans}
    if isinstance(part.metric, Metric):
        return {**common, "CustomizedMetricSpecification": customized_of(part.metric)}
    if part.metric == "CPUUtilization":
        return {**common, "PredefinedMetricSpecification": {"PredefinedMetricType": CPU}}
    return {**common, "PredefinedMetricSpecification": {"PredefinedMetricType": PER_TARGET, "ResourceLabel": label}}
