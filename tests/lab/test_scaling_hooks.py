"""Lifecycle hooks keep instances waiting; scheduled actions and forecasts size the group before anybody comes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from control_lab import until
from scaling_lab import GROUP, ScalingLab, scaling_lab

pytestmark = pytest.mark.lab

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
SCALING = {"maximum": 12, "cooldown": 0, "boot_time": 20}


@pytest.fixture(scope="module")
def running() -> Iterator[ScalingLab]:
    with scaling_lab(deregistration_delay=2, scaling=SCALING) as lab:
        yield lab


@pytest.fixture
def lab(running: ScalingLab) -> Iterator[ScalingLab]:
    running.settle(2)
    yield running
    for hook in running.call("describe_lifecycle_hooks")["LifecycleHooks"]:
        running.call("delete_lifecycle_hook", LifecycleHookName=hook["LifecycleHookName"])


def hook(lab: ScalingLab, transition: str, timeout: int = 7200, default: str = "ABANDON") -> None:
    lab.call("put_lifecycle_hook", LifecycleHookName="h", LifecycleTransition=transition,
             HeartbeatTimeout=timeout, DefaultResult=default)  # fmt: skip


def waiting(lab: ScalingLab, state: str) -> str:
    return str(until(lambda: lab.members(state), f"one is {state}")[0])


def complete(lab: ScalingLab, id: str, result: str) -> None:
    lab.call("complete_lifecycle_action", LifecycleHookName="h", InstanceId=id, LifecycleActionResult=result)


def test_a_launch_waits_at_its_hook_until_the_action_is_completed(lab: ScalingLab) -> None:
    hook(lab, LAUNCHING)
    lab.resize(3)
    id = waiting(lab, "Pending:Wait")
    assert lab.activities(id)[0]["StatusCode"] == "MidLifecycleAction"
    until(lambda: lab.started(id), "it listens")
    assert (lab.state(id), id in lab.targets()) == ("Pending:Wait", False)
    complete(lab, id, "CONTINUE")
    until(lambda: lab.state(id) == "InService", "it is in service")
    with pytest.raises(ClientError, match="No active Lifecycle Action found with instance ID"):
        complete(lab, id, "CONTINUE")


def test_a_launch_that_is_abandoned_ends_and_another_takes_its_place(lab: ScalingLab) -> None:
    hook(lab, LAUNCHING)
    lab.resize(3)
    id = waiting(lab, "Pending:Wait")
    complete(lab, id, "ABANDON")
    until(lambda: lab.instance(id) == "terminated", "it ends")
    failed = until(lambda: [a for a in lab.activities(id) if a["StatusCode"] == "Failed"], "its launch has failed")
    assert "failed to complete user's Lifecycle Action" in failed[0]["StatusMessage"]
    assert waiting(lab, "Pending:Wait") != id


def test_a_hook_whose_time_is_over_does_what_is_its_default(lab: ScalingLab) -> None:
    hook(lab, LAUNCHING, timeout=60, default="CONTINUE")
    lab.resize(3)
    id = waiting(lab, "Pending:Wait")
    until(lambda: lab.state(id) == "InService", "it is in service")
    activity = lab.activities(id)[0]
    assert (activity["EndTime"] - activity["StartTime"]).total_seconds() >= 60 / lab.scale


def test_a_heartbeat_begins_the_timeout_anew(lab: ScalingLab) -> None:
    hook(lab, LAUNCHING, timeout=60, default="CONTINUE")
    lab.resize(3)
    id = waiting(lab, "Pending:Wait")
    began = datetime.now(UTC)

    def beaten() -> bool:
        lab.call("record_lifecycle_action_heartbeat", LifecycleHookName="h", InstanceId=id)
        return datetime.now(UTC) - began > timedelta(seconds=2 * 60 / lab.scale)

    until(beaten, "twice the timeout is over")
    assert lab.state(id) == "Pending:Wait"
    until(lambda: lab.state(id) == "InService", "it is in service once nobody beats")


def test_a_termination_waits_at_its_hook_after_it_has_drained(lab: ScalingLab) -> None:
    hook(lab, TERMINATING)
    lab.resize(1)
    id = waiting(lab, "Terminating:Wait")
    assert lab.activities(id)[0]["StatusCode"] == "MidTerminatingLifecycleAction"
    assert (lab.instance(id), lab.targets().get(id)) == ("running", None)
    complete(lab, id, "CONTINUE")
    until(lambda: lab.instance(id) == "terminated", "it ends")


def test_deleting_a_hook_lets_those_that_end_go_on(lab: ScalingLab) -> None:
    hook(lab, TERMINATING)
    lab.resize(1)
    id = waiting(lab, "Terminating:Wait")
    lab.call("delete_lifecycle_hook", LifecycleHookName="h")
    until(lambda: lab.instance(id) == "terminated", "it ends")


def test_hooks_that_the_lab_cannot_keep_are_refused(lab: ScalingLab) -> None:
    put = {"LifecycleHookName": "h", "LifecycleTransition": LAUNCHING}
    for more, said in (
        ({"NotificationTargetARN": "arn:aws:sns:us-east-1:123456789012:topic"}, "NotImplemented"),
        ({"HeartbeatTimeout": 10}, "between 30 and 7200"),
        ({"DefaultResult": "MAYBE"}, "CONTINUE or ABANDON"),
    ):
        with pytest.raises(ClientError, match=said):
            lab.call("put_lifecycle_hook", **put, **more)


def test_a_scheduled_action_sizes_the_group_at_its_time_and_is_gone(lab: ScalingLab) -> None:
    start = datetime.now(UTC) + timedelta(seconds=3)
    lab.call("put_scheduled_update_group_action", ScheduledActionName="now", StartTime=start, MinSize=2,
             DesiredCapacity=4)  # fmt: skip
    named = {"ScheduledActionNames": ["now"]}
    (described,) = lab.call("describe_scheduled_actions", **named)["ScheduledUpdateGroupActions"]
    assert (described["MinSize"], described["DesiredCapacity"]) == (2, 4)
    lab.settled(4)
    assert lab.group()["MinSize"] == 2
    assert "a scheduled action update of AutoScalingGroup constraints to min: 2" in lab.activities()[0]["Cause"]
    assert lab.call("describe_scheduled_actions", **named)["ScheduledUpdateGroupActions"] == []
    lab.call("update_auto_scaling_group", MinSize=1)


def test_scheduled_actions_in_the_past_or_by_calendar_are_refused(lab: ScalingLab) -> None:
    past = datetime.now(UTC) - timedelta(seconds=60)
    with pytest.raises(ClientError, match="in the past"):
        lab.call("put_scheduled_update_group_action", ScheduledActionName="a", StartTime=past, DesiredCapacity=2)
    with pytest.raises(ClientError, match="NotImplemented"):
        lab.call("put_scheduled_update_group_action", ScheduledActionName="a", Recurrence="0 8 * * *", MinSize=2)


def test_a_forecast_has_the_group_there_before_the_load_comes() -> None:
    scaling = {
        **SCALING,
        "scheduled": [{"name": "opening", "at": 40, "desired": 3}],
        "policies": [{"type": "predictive", "target": 10, "buffer": 100}],
        "forecast": [[260, 50], [4000, 50], [4000, 0]],
    }
    with scaling_lab(deregistration_delay=2, scaling=scaling) as lab:
        forecast = lab.client.get_predictive_scaling_forecast(
            AutoScalingGroupName=GROUP,
            PolicyName="predictive",
            StartTime=datetime.now(UTC) - timedelta(seconds=60),
            EndTime=datetime.now(UTC) + timedelta(seconds=3600),
        )
        assert forecast["CapacityForecast"]["Values"] == [5.0, 5.0, 0.0]
        assert forecast["LoadForecast"][0]["Values"] == [50.0, 50.0, 0.0]
        until(lambda: lab.group()["DesiredCapacity"] >= 3, "the scheduled action is done")
        until(lambda: lab.group()["DesiredCapacity"] == 5, "the forecast is followed")
        lab.settled(5)
        said = "predictive scaling policy predictive changed the desired capacity from 3 to 5."
        (first, *_) = [a for a in lab.activities() if said in a["Cause"]]
        assert first["StartTime"] < forecast["CapacityForecast"]["Timestamps"][0]
        assert lab.group()["PredictedCapacity"] == 5
