"""Policies that alarms call: real requests, real alarms, real instances; and what AWS refuses."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import US, until
from scaling_lab import GROUP, ScalingLab, scaling_lab

pytestmark = pytest.mark.lab

NAMESPACE = "Shop"
DATAPOINTS = {"period": 10, "high": 1, "low": 3}


@pytest.fixture(scope="module")
def running() -> Iterator[ScalingLab]:
    scaling = {"maximum": 6, "cooldown": 600, "warmup": 0, "alarm_datapoints": DATAPOINTS}
    with scaling_lab(deregistration_delay=2, scaling=scaling) as lab:
        yield lab


@pytest.fixture
def lab(running: ScalingLab) -> Iterator[ScalingLab]:
    running.call("update_auto_scaling_group", MinSize=1)
    running.settle(2)
    yield running
    for policy in running.client.describe_policies()["ScalingPolicies"]:
        running.call("delete_policy", PolicyName=policy["PolicyName"])
    alarms = running.lab.client("cloudwatch").describe_alarms(AlarmNamePrefix="shop-")["MetricAlarms"]
    running.lab.client("cloudwatch").delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])
    running.call("resume_processes", ScalingProcesses=["AlarmNotification"])


def put(lab: ScalingLab, name: str, value: float) -> None:
    lab.lab.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[{"MetricName": name, "Value": value}])


def keep(lab: ScalingLab, name: str, value: float, count: int) -> None:
    """Put a metric until the desired capacity is so much."""

    def reached() -> bool:
        put(lab, name, value)
        return bool(lab.group()["DesiredCapacity"] == count)

    until(reached, f"{count} are desired")


@contextmanager
def shoppers(lab: ScalingLab, count: int = 2) -> Iterator[None]:
    """Clients that ask for the catalogue again and again."""
    over, url = threading.Event(), lab.lab.stack["regions"][US]["url"] + "/catalogue"

    def shop() -> None:
        while not over.is_set():
            with urllib.request.urlopen(url, timeout=20) as reply:
                reply.read()
            over.wait(0.01)

    threads = [threading.Thread(target=shop) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def label(lab: ScalingLab) -> str:
    region = lab.lab.stack["regions"][US]
    return f"{region['load_balancer'].partition(':loadbalancer/')[2]}/{region['target_group'].rpartition(':')[2]}"


def track(lab: ScalingLab, name: str, metric: str, target: float, **more: Any) -> dict[str, Any]:
    """Keep a metric of one's own at a target."""
    spec = {"MetricName": metric, "Namespace": NAMESPACE, "Statistic": "Average"}
    tracking = {"CustomizedMetricSpecification": spec, "TargetValue": target, **more}
    put_policy = lab.call(
        "put_scaling_policy", PolicyName=name, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=tracking
    )
    return dict(put_policy)


def alarm(lab: ScalingLab, name: str, metric: str, threshold: float, policy: str, comparison: str) -> None:
    lab.lab.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName=metric,
        Statistic="Average",
        ComparisonOperator=comparison,
        Threshold=threshold,
        Period=10,
        EvaluationPeriods=1,
        AlarmActions=[policy],
    )


def cause(lab: ScalingLab) -> str:
    return str(lab.activities()[0]["Cause"])


def test_real_requests_raise_the_alarm_that_launches_instances_until_each_gets_its_share(lab: ScalingLab) -> None:
    predefined = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label(lab)}
    tracking = {"PredefinedMetricSpecification": predefined, "TargetValue": 60.0}
    before = set(lab.members())
    lab.call("update_auto_scaling_group", MinSize=2)  # the quiet before the shoppers came is a reason to shrink
    with shoppers(lab):
        lab.call("put_scaling_policy", PolicyName="requests", PolicyType="TargetTrackingScaling",
                 TargetTrackingConfiguration=tracking)  # fmt: skip
        rule = lab.alarms("requests")["AlarmHigh"]
        assert (rule["MetricName"], rule["Statistic"], rule["Threshold"]) == ("RequestCountPerTarget", "Sum", 10)
        until(lambda: lab.group()["DesiredCapacity"] > 2, "it scales out")
        newcomer = until(lambda: set(lab.members("InService")) - before, "one is in service")
        until(lambda: newcomer & lab.answered_by(), "it serves")
    name = rule["AlarmName"]
    changed = f"a monitor alarm {name} in state ALARM triggered policy requests changing the desired capacity from 2"
    assert changed in " ".join(a["Cause"] for a in lab.activities())
    lab.call("update_auto_scaling_group", MinSize=1)
    until(lambda: lab.group()["DesiredCapacity"] == 1, "it scales in when nobody comes")


def test_a_metric_twice_its_target_doubles_the_group_and_a_low_one_shrinks_it(lab: ScalingLab) -> None:
    made = track(lab, "queue", "Queue", 50)
    assert len(made["Alarms"]) == 2
    keep(lab, "Queue", 100, 4)
    until(lambda: "policy queue changing the desired capacity from 2 to 4" in cause(lab), "an activity says so")
    keep(lab, "Queue", 20, 2)


def test_a_policy_that_may_not_scale_in_does_not(lab: ScalingLab) -> None:
    made = track(lab, "queue", "Held", 50, DisableScaleIn=True)
    assert [a["AlarmName"].rpartition("-Alarm")[2][:4] for a in made["Alarms"]] == ["High"]
    track(lab, "other", "Other", 50)
    keep(lab, "Held", 140, 6)
    keep(lab, "Other", 1, 1)


def test_a_group_shrinks_only_when_every_policy_says_so(lab: ScalingLab) -> None:
    track(lab, "queue", "Both", 50)
    track(lab, "other", "Second", 50)
    low = lab.alarms("queue")["AlarmLow"]["AlarmName"]

    def calm() -> bool:
        put(lab, "Both", 10)
        put(lab, "Second", 50)
        return lab.lab.alarm(low) == "ALARM"

    until(calm, "one says so")
    acted = lambda: [e for e in lab.lab.truth("alarm_action") if e["name"] == low]
    until(lambda: (calm(), acted())[1], "it calls its policy")
    assert lab.group()["DesiredCapacity"] == 2


def test_deleting_a_policy_deletes_the_alarms_it_made(lab: ScalingLab) -> None:
    names = [a["AlarmName"] for a in track(lab, "queue", "Gone", 50)["Alarms"]]
    assert names[0].startswith(f"TargetTracking-{GROUP}-AlarmHigh-")
    lab.call("delete_policy", PolicyName="queue")
    assert lab.lab.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"] == []


def test_a_step_policy_adds_more_the_farther_the_metric_is_above(lab: ScalingLab) -> None:
    steps = [{"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
             {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3}]  # fmt: skip
    policy = lab.call("put_scaling_policy", PolicyName="burst", PolicyType="StepScaling",
                      AdjustmentType="ChangeInCapacity", StepAdjustments=steps)["PolicyARN"]  # fmt: skip
    alarm(lab, "shop-burst", "Burst", 70, policy, "GreaterThanOrEqualToThreshold")
    keep(lab, "Burst", 95, 5)
    said = "monitor alarm shop-burst in state ALARM triggered policy burst"
    until(lambda: said in cause(lab), "an activity says so")
    (described,) = lab.call("describe_policies", PolicyTypes=["StepScaling"])["ScalingPolicies"]
    assert [a["AlarmName"] for a in described["Alarms"]] == ["shop-burst"]
    assert [s["ScalingAdjustment"] for s in described["StepAdjustments"]] == [1, 3]


def test_simple_scaling_waits_for_its_cooldown(lab: ScalingLab) -> None:
    lab.call("put_scaling_policy", PolicyName="more", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1)
    execute = {"AutoScalingGroupName": GROUP, "PolicyName": "more"}
    lab.client.execute_policy(**execute, HonorCooldown=False)
    lab.settled(3)
    with pytest.raises(ClientError, match="ScalingActivityInProgress"):
        lab.client.execute_policy(**execute, HonorCooldown=True)
    assert lab.group()["DesiredCapacity"] == 3
    lab.client.execute_policy(**execute)
    assert lab.group()["DesiredCapacity"] == 4


def test_a_group_whose_alarm_notifications_are_suspended_stays_as_it_is(lab: ScalingLab) -> None:
    track(lab, "queue", "Ignored", 50)
    lab.call("suspend_processes", ScalingProcesses=["AlarmNotification"])
    name = lab.alarms("queue")["AlarmHigh"]["AlarmName"]

    def called() -> bool:
        put(lab, "Ignored", 500)
        return any(e["name"] == name for e in lab.lab.truth("alarm_action"))

    until(called, "the alarm calls the policy")
    assert lab.group()["DesiredCapacity"] == 2
    lab.call("resume_processes", ScalingProcesses=["AlarmNotification"])
    keep(lab, "Ignored", 500, 6)


CUSTOM = {"MetricName": "M", "Namespace": "N", "Statistic": "Average"}


@pytest.mark.parametrize(("asked", "said"), [
    ({"PolicyType": "Magic"}, "PolicyType must be one of"),
    ({"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity"}, "At least one StepAdjustment"),
    ({"PolicyType": "StepScaling", "AdjustmentType": "Twice", "StepAdjustments": [{"ScalingAdjustment": 1}]}, "Adjust"),
    ({"AdjustmentType": "ChangeInCapacity"}, "ScalingAdjustment must be specified"),
    ({"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "EstimatedInstanceWarmup": 5}, "cannot be used"),
    ({"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "Cooldown": -5}, "between 0 and 86400"),
    ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration":
      {"TargetValue": 0, "CustomizedMetricSpecification": CUSTOM}}, "greater than 0"),
    ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {"TargetValue": 5}}, "either a predefined"),
    ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {"TargetValue": 5,
      "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "x"}}},
     "resource label"),
    ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {"TargetValue": 5,
      "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageNetworkIn"}}}, "NotImplemented"),
    ({"PolicyType": "PredictiveScaling", "PredictiveScalingConfiguration":
      {"MetricSpecifications": [{"TargetValue": 5}]}}, "forecast"),
])  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(lab: ScalingLab, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        lab.call("put_scaling_policy", PolicyName="p", **asked)
    assert lab.client.describe_policies()["ScalingPolicies"] == []
