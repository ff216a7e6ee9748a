"""ECS services scale through Application Auto Scaling: policies, limits, schedules, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import US, until
from ecs_lab import EcsLab, ecs_lab
from pydantic import ValidationError

from harness.lab.recipe import Recipe

pytestmark = pytest.mark.lab

RESOURCE = f"service/storefront-{US}/storefront"
PLACE = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": "ecs:service:DesiredCount"}
BOOT = 40.0
POLICY = {
    "type": "target_tracking",
    "name": "queue",
    "metric": {"namespace": "Shop", "name": "Queue"},
    "target": 50,
    "scale_in_cooldown": 0,
    "scale_out_cooldown": 0,
}
DATAPOINTS = {"period": 10, "high": 1, "low": 2}
SCALING = {"maximum": 6, "boot_time": BOOT, "policies": [POLICY], "alarm_datapoints": DATAPOINTS}


@pytest.fixture(scope="module")
def running() -> Iterator[EcsLab]:
    with ecs_lab(time_scale=20, health_check=None, scaling=SCALING) as lab:
        yield lab


@pytest.fixture
def lab(running: EcsLab) -> EcsLab:
    """Two tasks run, and the alarms of what went before are quiet."""
    call(running, "register_scalable_target", MinCapacity=2, MaxCapacity=2)
    until(lambda: settled(running, "Queue", 50, 2), "two run and nothing is in alarm")
    call(running, "register_scalable_target", MinCapacity=1, MaxCapacity=6)
    return running


def settled(lab: EcsLab, metric: str, value: float, count: int) -> bool:
    put(lab, metric, value)
    states = {alarm["StateValue"] for alarm in lab.lab.client("cloudwatch").describe_alarms(
        AlarmNamePrefix="TargetTracking-")["MetricAlarms"]}  # fmt: skip
    service = lab.service()
    return states == {"OK"} and service["runningCount"] == service["desiredCount"] == count


def call(lab: EcsLab, operation: str, **asked: Any) -> Any:
    return getattr(lab.lab.client("application-autoscaling"), operation)(**PLACE, **asked)


def listed(lab: EcsLab, operation: str, **asked: Any) -> Any:
    return getattr(lab.lab.client("application-autoscaling"), operation)(ServiceNamespace="ecs", **asked)


def put(lab: EcsLab, name: str, value: float, times: int = 1) -> None:
    data = [{"MetricName": name, "Values": [value], "Counts": [times]}]
    lab.lab.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)


def keep(lab: EcsLab, name: str, value: float, count: int) -> None:
    """Put a metric until the desired count is so much."""

    def reached() -> bool:
        put(lab, name, value, times=1000)  # what was put before in the same period does not count
        return bool(lab.service()["desiredCount"] == count)

    until(reached, f"{count} are desired")


def activity(lab: EcsLab) -> dict[str, Any]:
    return dict(listed(lab, "describe_scaling_activities")["ScalingActivities"][0])


def test_a_recipe_registers_the_service_and_puts_its_policies(lab: EcsLab) -> None:
    (target,) = listed(lab, "describe_scalable_targets")["ScalableTargets"]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (RESOURCE, 1, 6)
    (policy,) = listed(lab, "describe_scaling_policies")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    assert [a["AlarmName"].startswith(f"TargetTracking-{RESOURCE}-Alarm") for a in policy["Alarms"]] == [True, True]


def test_a_metric_twice_its_target_doubles_the_tasks_after_their_boot_time(lab: EcsLab) -> None:
    before = set(lab.tasks())
    keep(lab, "Queue", 100, 4)
    changed = activity(lab)
    assert changed["Description"] == "Setting desired count to 4."
    assert "-AlarmHigh-" in changed["Cause"]
    assert changed["Cause"].endswith("in state ALARM triggered policy queue")
    newcomers = until(lambda: set(lab.tasks()) - before, "tasks are launched")
    until(lambda: newcomers <= lab.serving(), "they serve")
    launched = {e["task"]: e["at_ns"] for e in lab.lab.truth("task_launched")}
    begun = {e["instance"]: e["at_ns"] for e in lab.lab.truth("instance_started")}
    assert all((begun[id] - launched[id]) / 1e9 >= BOOT / 20 for id in newcomers)
    done = until(lambda: (a := activity(lab))["StatusCode"] == "Successful" and a, "the change is fulfilled")
    assert done["StatusMessage"].endswith("Change successfully fulfilled by ecs.")


def test_a_metric_far_below_its_target_takes_tasks_away_down_to_the_minimum(lab: EcsLab) -> None:
    keep(lab, "Queue", 5, 1)
    assert "-AlarmLow-" in activity(lab)["Cause"]


def test_scaling_in_that_is_suspended_does_not_happen(lab: EcsLab) -> None:
    call(lab, "register_scalable_target", SuspendedState={"DynamicScalingInSuspended": True})
    (low,) = [a["AlarmName"] for a in listed(lab, "describe_scaling_policies")["ScalingPolicies"][0]["Alarms"]
              if "-AlarmLow-" in a["AlarmName"]]  # fmt: skip
    count = len(lab.lab.truth("alarm_action"))

    def called() -> bool:
        put(lab, "Queue", 5)
        return any(e["name"] == low for e in lab.lab.truth("alarm_action")[count:])

    until(called, "the alarm calls the policy")
    assert lab.service()["desiredCount"] == 2
    call(lab, "register_scalable_target", SuspendedState={"DynamicScalingInSuspended": False})
    keep(lab, "Queue", 5, 1)


def test_a_step_policy_adds_tasks_and_does_not_add_them_twice_during_its_cooldown(lab: EcsLab) -> None:
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 600,
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
        ],
    }
    policy = call(lab, "put_scaling_policy", PolicyName="burst", PolicyType="StepScaling",
                  StepScalingPolicyConfiguration=steps)["PolicyARN"]  # fmt: skip
    lab.lab.client("cloudwatch").put_metric_alarm(
        AlarmName="burst", Namespace="Shop", MetricName="Burst", Statistic="Maximum", Threshold=70, Period=10,
        ComparisonOperator="GreaterThanOrEqualToThreshold", EvaluationPeriods=1, AlarmActions=[policy])  # fmt: skip
    try:
        keep(lab, "Burst", 75, 3)
        called = len([e for e in lab.lab.truth("alarm_action") if e["name"] == "burst"])

        def again() -> bool:
            put(lab, "Burst", 75)
            put(lab, "Queue", 50)
            return len([e for e in lab.lab.truth("alarm_action") if e["name"] == "burst"]) > called

        until(again, "the alarm calls it again")
        assert lab.service()["desiredCount"] == 3
        keep(lab, "Burst", 95, 5)
    finally:
        call(lab, "delete_scaling_policy", PolicyName="burst")
        lab.lab.client("cloudwatch").delete_alarms(AlarmNames=["burst"])


def test_a_scheduled_action_raises_the_minimum_and_with_it_the_count(lab: EcsLab) -> None:
    at = datetime.now(UTC) + timedelta(seconds=2)
    call(lab, "put_scheduled_action", ScheduledActionName="opening", Schedule=f"at({at:%Y-%m-%dT%H:%M:%S})",
         ScalableTargetAction={"MinCapacity": 3})  # fmt: skip
    assert len(listed(lab, "describe_scheduled_actions")["ScheduledActions"]) == 1
    until(lambda: lab.service()["desiredCount"] == 3, "three are desired")
    assert activity(lab)["Cause"] == "minimum capacity was set to 3 and scheduled action name opening was triggered"
    assert listed(lab, "describe_scheduled_actions")["ScheduledActions"] == []


def test_what_is_not_registered_has_no_policies(lab: EcsLab) -> None:
    other = {**PLACE, "ResourceId": "service/x/y"}
    client = lab.lab.client("application-autoscaling")
    with pytest.raises(ClientError, match="ECS service doesn't exist"):
        client.register_scalable_target(**other, MinCapacity=1, MaxCapacity=2)
    with pytest.raises(ClientError, match="NotImplemented"):
        client.describe_scalable_targets(ServiceNamespace="dynamodb")
    with pytest.raises(ClientError, match="cannot be less than minimum"):
        call(lab, "register_scalable_target", MinCapacity=4, MaxCapacity=2)
    with pytest.raises(ClientError, match="NotImplemented"):
        call(lab, "put_scheduled_action", ScheduledActionName="a", Schedule="cron(0 8 * * ? *)",
             ScalableTargetAction={"MinCapacity": 3})  # fmt: skip
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        call(lab, "delete_scaling_policy", PolicyName="nobody")
    with pytest.raises(ClientError, match="greater than 0"):
        call(lab, "put_scaling_policy", PolicyName="p", PolicyType="TargetTrackingScaling",
             TargetTrackingScalingPolicyConfiguration={"TargetValue": 0})  # fmt: skip
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    with pytest.raises(ClientError, match=r"ValidationException.*MetricAggregationType must be one of"):
        call(lab, "put_scaling_policy", PolicyName="p", PolicyType="StepScaling",
             StepScalingPolicyConfiguration={**steps, "MetricAggregationType": "Sum"})  # fmt: skip


def test_a_service_that_is_deregistered_is_scaled_no_more_and_its_alarms_are_gone() -> None:
    with ecs_lab(time_scale=20, health_check=None, scaling=SCALING) as lab:
        call(lab, "deregister_scalable_target")
        assert listed(lab, "describe_scalable_targets")["ScalableTargets"] == []
        assert listed(lab, "describe_scaling_policies")["ScalingPolicies"] == []
        assert lab.lab.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-")["MetricAlarms"] == []
        with pytest.raises(ClientError, match="No scalable target registered"):
            call(lab, "deregister_scalable_target")


def test_a_recipe_whose_tasks_have_a_warm_pool_is_refused() -> None:
    with pytest.raises(ValidationError, match="tasks have no warm_pool"):
        Recipe.model_validate({"instances_per_region": 0, "tasks_per_region": 2, "scaling": {"warm_pool": {}}})
