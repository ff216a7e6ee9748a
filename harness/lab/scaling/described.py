"""Groups, their members and what they did in the words of Auto Scaling."""

import json
import math
from typing import Any

from harness.lab.control.records import INSTANCE_TYPE
from harness.lab.scaling.activity import Activity
from harness.lab.scaling.group import Group, Mixture
from harness.lab.scaling.hook import Hook
from harness.lab.scaling.member import Member
from harness.lab.scaling.warm_pool import WarmPool


def describe_group(group: Group, zones: tuple[str, ...]) -> dict[str, Any]:
    """A group in the words of DescribeAutoScalingGroups."""
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "MinSize": group.minimum,
        "MaxSize": group.maximum,
        "DesiredCapacity": group.desired,
        "PredictedCapacity": group.floor or None,
        "DefaultCooldown": math.ceil(group.cooldown),
        "DefaultInstanceWarmup": None if group.warmup is None else math.ceil(group.warmup),
        "AvailabilityZones": list(zones),
        "TargetGroupARNs": [group.target_group],
        "HealthCheckType": group.health_check,
        "HealthCheckGracePeriod": math.ceil(group.grace),
        "Instances": [describe_member(m) for m in list(group.members.values())],
        "CreatedTime": group.created,
        "SuspendedProcesses": [
            {"ProcessName": name, "SuspensionReason": reason} for name, reason in group.suspended.items()
        ],
        "VPCZoneIdentifier": ",".join(group.subnets),
        "EnabledMetrics": [{"Metric": name, "Granularity": "1Minute"} for name in sorted(group.collected)],
        "Tags": describe_tags(group),
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "MixedInstancesPolicy": group.mixture and _mixture(group.mixture),
        "WarmPoolConfiguration": group.warm_pool and describe_pool(group.warm_pool),
        "WarmPoolSize": len(group.pool) if group.warm_pool else None,
    }


def _mixture(mixture: Mixture) -> dict[str, Any]:
    return {
        "LaunchTemplate": {"Overrides": [{"InstanceType": INSTANCE_TYPE}]},
        "InstancesDistribution": {
            "OnDemandBaseCapacity": mixture.base,
            "OnDemandPercentageAboveBaseCapacity": mixture.percentage,
        },
    }


def describe_pool(pool: WarmPool) -> dict[str, Any]:
    """The configuration of a warm pool."""
    return {
        "MinSize": pool.minimum,
        "MaxGroupPreparedCapacity": pool.prepared,
        "PoolState": "Stopped",
        "InstanceReusePolicy": {"ReuseOnScaleIn": pool.reuse},
    }


def describe_member(member: Member) -> dict[str, Any]:
    """A member in the words of DescribeAutoScalingGroups and DescribeWarmPool."""
    return {
        "InstanceId": member.instance.id,
        "InstanceType": INSTANCE_TYPE,
        "AvailabilityZone": member.instance.zone,
        "LifecycleState": member.lifecycle,
        "HealthStatus": member.health,
        "ProtectedFromScaleIn": False,
    }


def describe_activity(group: Group, activity: Activity) -> dict[str, Any]:
    """An activity in the words of DescribeScalingActivities."""
    return {
        "ActivityId": activity.id,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.started,
        "EndTime": activity.ended,
        "StatusCode": activity.status,
        "StatusMessage": activity.message or None,
        "Progress": activity.progress,
        "Details": json.dumps({"Availability Zone": activity.zone}),
    }


def describe_hook(group: Group, hook: Hook) -> dict[str, Any]:
    """A hook in the words of DescribeLifecycleHooks."""
    return {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": group.name,
        "LifecycleTransition": hook.transition,
        "HeartbeatTimeout": math.ceil(hook.timeout),
        "GlobalTimeout": math.ceil(hook.longest),
        "DefaultResult": hook.default,
        "NotificationMetadata": hook.metadata or None,
    }


def describe_tags(group: Group) -> list[dict[str, Any]]:
    """The tags of a group in the words of DescribeTags."""
    return [
        {
            "ResourceId": group.name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": True,
        }
        for key, value in group.tags.items()
    ]
