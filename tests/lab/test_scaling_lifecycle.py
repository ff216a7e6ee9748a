"""From Pending to Terminating: instances boot, serve, drain and end; who is unhealthy is replaced."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import US, until
from scaling_lab import GROUP, ScalingLab, scaling_lab

pytestmark = pytest.mark.lab

BOOT = 60.0


@pytest.fixture(scope="module")
def running() -> Iterator[ScalingLab]:
    with scaling_lab(
        deregistration_delay=60,
        target_health={"unhealthy": 10},
        scaling={"boot_time": BOOT, "maximum": 12, "group_metrics": False},
    ) as lab:
        yield lab


@pytest.fixture
def lab(running: ScalingLab) -> Iterator[ScalingLab]:
    running.settle(2)
    yield running
    running.call("resume_processes", ScalingProcesses=["Launch", "Terminate"])
    running.call("suspend_processes", ScalingProcesses=["ReplaceUnhealthy"])


def launched(lab: ScalingLab, before: set[str]) -> str:
    id = str(until(lambda: set(lab.members()) - before, "an instance is launched").pop())
    until(lambda: lab.activities(id), "its activity begins")
    return id


def test_an_instance_serves_only_after_its_boot_time(lab: ScalingLab) -> None:
    before = set(lab.members())
    lab.resize(3)
    id = launched(lab, before)
    assert lab.state(id) == "Pending"
    assert lab.activities(id)[0]["StatusCode"] == "PreInService"
    assert (id in lab.targets(), lab.started(id)) == (False, [])
    assert lab.answered_by() == before
    until(lambda: lab.state(id) == "InService", "it is in service")
    activity = lab.activities(id)[0]
    assert (activity["StatusCode"], activity["Progress"]) == ("Successful", 100)
    assert (activity["EndTime"] - activity["StartTime"]).total_seconds() >= BOOT / lab.scale
    until(lambda: id in lab.answered_by(), "it serves")


def test_an_activity_says_who_changed_the_desired_capacity(lab: ScalingLab) -> None:
    before = set(lab.members())
    lab.resize(3)
    cause = lab.activities(launched(lab, before))[0]["Cause"]
    assert "a user request explicitly set group desired capacity changing the desired capacity from 2 to 3." in cause
    assert "increasing the capacity from 2 to 3." in cause


def test_an_instance_that_leaves_drains_before_it_ends(lab: ScalingLab) -> None:
    before = lab.settle(3)
    with lab.lingering() as served:
        assert served == before
        lab.resize(2)
        (id,) = until(lambda: lab.members("Terminating"), "one leaves")
        until(lambda: lab.activities(id)[0]["StatusCode"] == "WaitingForELBConnectionDraining", "it drains")
        until(lambda: lab.targets().get(id) == "draining", "its target drains")
        assert lab.instance(id) == "running"
        assert lab.answered_by() == before - {id}
        until(lambda: lab.instance(id) == "terminated", "it is gone")
    until(lambda: lab.activities(id)[0]["StatusCode"] == "Successful", "and the activity is over")
    cause = lab.activities(id)[0]["Cause"]
    assert "shrinking the capacity from 3 to 2." in cause
    assert id in cause


def test_an_instance_that_is_not_wanted_any_more_is_cancelled_while_it_boots(lab: ScalingLab) -> None:
    before = set(lab.members())
    lab.resize(3)
    id = launched(lab, before)
    lab.resize(2)
    until(lambda: lab.instance(id) == "terminated", "it is gone")
    assert set(lab.members()) == before
    assert "Cancelled" in {a["StatusCode"] for a in lab.activities(id)}
    assert lab.started(id) == []


def test_twelve_instances_are_spread_and_have_addresses_of_their_own(lab: ScalingLab) -> None:
    ids = lab.settle(12)
    zones = Counter(m["AvailabilityZone"] for m in lab.group()["Instances"])
    assert sorted(zones.values()) == [4, 4, 4]
    assert len({lab.started(id)[0]["address"] for id in ids}) == 12
    until(lambda: lab.answered_by(60) == ids, "all of them serve")


def test_a_stopped_instance_stays_unless_the_unhealthy_are_replaced(lab: ScalingLab) -> None:
    id = lab.members()[0]
    lab.lab.client("ec2").stop_instances(InstanceIds=[id])
    until(lambda: lab.instance(id) == "stopped", "it is stopped")
    assert lab.state(id) == "InService"
    assert next(m["HealthStatus"] for m in lab.group()["Instances"] if m["InstanceId"] == id) == "Unhealthy"
    lab.call("resume_processes", ScalingProcesses=["ReplaceUnhealthy"])
    until(lambda: lab.instance(id) == "terminated", "it is terminated")
    assert id not in lab.settled(2)
    causes = [a["Cause"] for a in lab.activities()]
    gone = "was taken out of service in response to an EC2 health check indicating it has been terminated or stopped."
    assert any(gone in cause for cause in causes)
    assert any("in response to an unhealthy instance needing to be replaced." in cause for cause in causes)


def test_an_instance_whose_target_is_unhealthy_is_replaced_after_the_grace_period(lab: ScalingLab) -> None:
    cut = lab.lab.template("aws:network:disrupt-connectivity", subnets(lab), scope="all", duration="PT1H")
    lab.call("resume_processes", ScalingProcesses=["ReplaceUnhealthy"])
    id = next(m["InstanceId"] for m in lab.group()["Instances"] if m["AvailabilityZone"] == f"{US}a")
    experiment = lab.lab.start(cut)
    until(lambda: lab.state(id) != "InService", "it is taken out")
    causes = [a["Cause"] for a in lab.activities(id)]
    assert any("in response to an ELB system health check failure." in cause for cause in causes)
    lab.lab.client("fis").stop_experiment(id=experiment)
    assert id not in lab.settled(2)


def subnets(lab: ScalingLab) -> dict[str, Any]:
    found = lab.lab.client("ec2").describe_subnets(Filters=[{"Name": "availability-zone", "Values": [f"{US}a"]}])
    arns = [
        subnet["SubnetArn"] for subnet in found["Subnets"] if {"Key": "drill", "Value": "storefront"} in subnet["Tags"]
    ]
    return {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": arns}}


def test_a_group_whose_launches_are_suspended_launches_when_they_are_resumed(lab: ScalingLab) -> None:
    before = set(lab.members())
    lab.call("suspend_processes", ScalingProcesses=["Launch"])
    assert "Launch" in {p["ProcessName"] for p in lab.group()["SuspendedProcesses"]}
    lab.resize(3)
    until(lambda: lab.group()["DesiredCapacity"] == 3, "it is asked for")
    assert set(lab.members()) == before
    lab.call("resume_processes", ScalingProcesses=["Launch"])
    launched(lab, before)


@pytest.mark.parametrize(("operation", "asked", "said"), [
    ("set_desired_capacity", {"DesiredCapacity": 13}, "New SetDesiredCapacity value 13 is above max value 12"),
    ("set_desired_capacity", {"DesiredCapacity": 0}, "New SetDesiredCapacity value 0 is below min value 1"),
    ("update_auto_scaling_group", {"MinSize": 9, "MaxSize": 3}, "must be greater than or equal to min bound"),
    ("update_auto_scaling_group", {"DesiredCapacity": 20}, "must be between the specified min size"),
    ("update_auto_scaling_group", {"TerminationPolicies": ["OldestInstance"]}, "TerminationPolicies"),
    ("suspend_processes", {"ScalingProcesses": ["Coffee"]}, "Coffee"),
    ("resume_processes", {"ScalingProcesses": ["AZRebalance"]}, "NotImplemented"),
    ("enable_metrics_collection", {"Granularity": "5Minute"}, "1Minute"),
    ("set_instance_protection", {"InstanceIds": ["i-1"], "ProtectedFromScaleIn": True}, "NotImplemented"),
])  # fmt: skip
def test_what_a_group_cannot_be_is_refused(lab: ScalingLab, operation: str, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        lab.call(operation, **asked)


def test_the_metrics_of_a_group_are_published_once_they_are_enabled(lab: ScalingLab) -> None:
    cloudwatch = lab.lab.client("cloudwatch")
    dimensions = [{"Name": "AutoScalingGroupName", "Value": GROUP}]
    listed = {"Namespace": "AWS/AutoScaling", "Dimensions": dimensions}
    assert cloudwatch.list_metrics(**listed)["Metrics"] == []
    lab.call("enable_metrics_collection", Granularity="1Minute", Metrics=["GroupInServiceInstances"])
    until(lambda: cloudwatch.list_metrics(**listed)["Metrics"], "they are published")
    assert [m["MetricName"] for m in cloudwatch.list_metrics(**listed)["Metrics"]] == ["GroupInServiceInstances"]
    assert lab.group()["EnabledMetrics"] == [{"Metric": "GroupInServiceInstances", "Granularity": "1Minute"}]
    lab.call("disable_metrics_collection")
    assert lab.group()["EnabledMetrics"] == []
