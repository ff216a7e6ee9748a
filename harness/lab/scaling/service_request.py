"""What PutScalingPolicy of Application Auto Scaling asks for, checked. Raises AwsError, NotInTheLab."""

import uuid
from collections.abc import Mapping
from typing import Any

from harness.lab.control.answer import AwsError, NotInTheLab
from harness.lab.control.metrics import key
from harness.lab.control.records import ACCOUNT
from harness.lab.ecs.cluster import SERVICE, Cluster
from harness.lab.scaling.policy import STEPS, TRACKING, Policy, Tracking
from harness.lab.scaling.policy_request import stepwise_of, tracking_of
from harness.lab.scaling.service import ScalableService

CPU = "ECSServiceAverageCPUUtilization"
_SERVICE = "application-autoscaling"
_LONGEST = 86_400


def policy_of(
    target: ScalableService, cluster: Cluster, balancer: str, asked: Mapping[str, Any], arn: str | None
) -> Policy:
    """The policy that a request is for; one that is replaced keeps its ARN."""
    try:
        return _policy_of(target, cluster, balancer, asked, arn)
    except AwsError as error:
        raise AwsError("ValidationException", error.message) from error


def _policy_of(
    target: ScalableService, cluster: Cluster, balancer: str, asked: Mapping[str, Any], arn: str | None
) -> Policy:
    type, name = asked.get("PolicyType") or STEPS, asked["PolicyName"]
    steps = asked.get("StepScalingPolicyConfiguration") or {}
    tracking = asked.get("TargetTrackingScalingPolicyConfiguration") or {}
    if type not in (STEPS, TRACKING):
        raise NotInTheLab(_SERVICE, f"PutScalingPolicy of type {type}")
    if bool(steps) != (type == STEPS) or bool(tracking) != (type == TRACKING):
        raise AwsError("ValidationException", f"Give the configuration of a {type} policy, and of no other")
    fresh = f"arn:aws:autoscaling:{target.region}:{ACCOUNT}:scalingPolicy:{uuid.uuid4()}"
    return Policy(
        name=name,
        group=target.id,
        region=target.region,
        arn=arn or f"{fresh}:resource/ecs/{target.id}:policyName/{name}",
        type=type,
        plan=stepwise_of(steps) if type == STEPS else _tracking(cluster, balancer, tracking),
        out_cooldown=_cooldown(steps.get("Cooldown") if steps else tracking.get("ScaleOutCooldown")),
        in_cooldown=_cooldown(steps.get("Cooldown") if steps else tracking.get("ScaleInCooldown")),
        asked=dict(asked),
    )


def _tracking(cluster: Cluster, balancer: str, spec: Mapping[str, Any]) -> Tracking:
    cpu = key("AWS/ECS", "CPUUtilization", {"ClusterName": cluster.name, "ServiceName": SERVICE})
    return tracking_of(spec, _SERVICE, {CPU: cpu}, balancer, cluster.service.target_group)


def _cooldown(value: Any) -> float:
    seconds = 300.0 if value is None else float(value)
    if not 0 <= seconds <= _LONGEST:
        raise AwsError("ValidationException", f"A cooldown must be between 0 and {_LONGEST} seconds")
    return seconds
