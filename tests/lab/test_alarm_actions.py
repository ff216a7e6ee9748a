"""What alarms call: at changes of state, and again every minute where a scaling policy is called."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from harness.lab.control.alarm_actions import REPEATED, Actions
from harness.lab.control.alarms import ALARM, INSUFFICIENT, OK, Alarm, Alarms, Rule
from harness.lab.control.metrics import datum, key
from tests.lab.control_lab import US, ControlLab, control_lab, until

OUT, IN = (f"arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:{name}" for name in ("out", "in"))
TOPIC = "arn:aws:sns:us-east-1:123456789012:told"
METRIC = key("Shop", "Load", {})


class _Lab:
    """As much of a lab as alarms need; model time is real time."""

    def __init__(self) -> None:
        self.recipe, self.truth = SimpleNamespace(regions=(US,)), SimpleNamespace(write=lambda kind, **told: None)

    def real(self, model_seconds: float) -> float:
        return model_seconds

    def soon(self, call: Any, *arguments: Any) -> None:
        call(*arguments)


def made(actions: Actions) -> tuple[Alarms, Alarm, list[tuple[str, str]]]:
    """Alarms with one on `METRIC` above 10, and what is called, each with the state at the time."""
    alarms, called = Alarms(_Lab()), list[tuple[str, str]]()  # type: ignore[arg-type]
    alarms.on_action = lambda arn, alarm: called.append((arn, alarm.state))
    rule = Rule(
        metric=METRIC, statistic="Sum", comparison="GreaterThanThreshold", threshold=10, period=10, periods=1, needed=1
    )
    alarm = Alarm(name="a", region=US, arn="arn:a", rule=rule, actions=actions)
    alarms.put(alarm)
    return alarms, alarm, called


def judge(alarms: Alarms, alarm: Alarm, at: float, value: float | None) -> None:
    if value is not None:
        alarms.metrics[US].put(METRIC, datum(at - 5, [value]))
    alarms.judge(alarm, at)


def test_each_state_calls_its_own_actions_when_it_begins() -> None:
    alarms, alarm, called = made(Actions(alarm=(OUT,), ok=(IN,), insufficient=(TOPIC,)))
    judge(alarms, alarm, 1010, 20)
    judge(alarms, alarm, 1020, 5)
    judge(alarms, alarm, 1030, None)
    assert called == [(OUT, ALARM), (IN, OK), (TOPIC, INSUFFICIENT)]


def test_a_state_that_stays_calls_nothing_at_its_evaluations() -> None:
    alarms, alarm, called = made(Actions(alarm=(OUT,)))
    judge(alarms, alarm, 1010, 20)
    judge(alarms, alarm, 1020, 30)
    assert called == [(OUT, ALARM)]


def test_an_action_sees_the_datapoints_of_the_evaluation() -> None:
    alarms, alarm, _ = made(Actions(alarm=(OUT,)))
    seen: list[tuple[float | None, ...]] = []
    alarms.on_action = lambda arn, alarm: seen.append(alarm.points)
    judge(alarms, alarm, 1010, 20)
    assert seen == [(20,)]
    assert json.loads(alarm.reason_data or "")["recentDatapoints"] == [20]


def test_a_scaling_policy_is_called_again_every_minute_in_the_state_and_a_topic_is_not() -> None:
    alarms, alarm, called = made(Actions(alarm=(OUT, TOPIC)))
    judge(alarms, alarm, 1010, 20)
    began, called[:] = alarm.called, []
    for after in (1, REPEATED - 1, REPEATED, REPEATED + 1, 2 * REPEATED):
        alarms.repeat(alarm, began + after)
    assert called == [(OUT, ALARM)] * 2


def test_disabled_actions_are_not_called_and_the_state_changes_all_the_same() -> None:
    alarms, alarm, called = made(Actions(alarm=(OUT,), enabled=False))
    judge(alarms, alarm, 1010, 20)
    alarms.repeat(alarm, alarm.called + REPEATED)
    assert (alarm.state, called) == (ALARM, [])
    alarms.enable(alarm, True)
    alarms.repeat(alarm, alarm.called + REPEATED)
    assert called == [(OUT, ALARM)]


def test_an_action_that_fails_is_in_the_history_as_failed() -> None:
    alarms, alarm, _ = made(Actions(alarm=(OUT,)))

    def refuse(arn: str, alarm: Alarm) -> None:
        raise LookupError("no such policy")

    alarms.on_action = refuse
    judge(alarms, alarm, 1010, 20)
    last = alarm.history[0]
    assert (last.kind, last.summary) == ("Action", f"Failed to execute action {OUT}")
    assert json.loads(last.data)["error"] == "no such policy"


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US], alarm_period=10) as running:
        yield running


def put(lab: ControlLab, name: str, **more: Any) -> dict[str, Any]:
    """Make an alarm on a metric without data; it is described."""
    cloudwatch = lab.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Shop", MetricName=name, Statistic="Sum", Period=60, EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold", Threshold=5, **more,
    )  # fmt: skip
    found: dict[str, Any] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return found


def actions_in_history(lab: ControlLab, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.client("cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="Action"
    )["AlarmHistoryItems"]
    return found


def test_actions_are_described_as_they_were_put(lab: ControlLab) -> None:
    found = put(lab, "described", AlarmActions=[OUT], OKActions=[IN])
    assert (found["AlarmActions"], found["OKActions"], found["InsufficientDataActions"]) == ([OUT], [IN], [])
    assert found["ActionsEnabled"] is True


def test_actions_are_disabled_and_enabled(lab: ControlLab) -> None:
    cloudwatch = lab.client("cloudwatch")
    put(lab, "disabled", AlarmActions=[OUT])
    cloudwatch.disable_alarm_actions(AlarmNames=["disabled"])
    assert cloudwatch.describe_alarms(AlarmNames=["disabled"])["MetricAlarms"][0]["ActionsEnabled"] is False
    cloudwatch.set_alarm_state(AlarmName="disabled", StateValue="ALARM", StateReason="a test")
    cloudwatch.set_alarm_state(AlarmName="disabled", StateValue="OK", StateReason="a test")
    assert actions_in_history(lab, "disabled") == []
    cloudwatch.enable_alarm_actions(AlarmNames=["disabled"])
    cloudwatch.set_alarm_state(AlarmName="disabled", StateValue="ALARM", StateReason="a test")
    until(lambda: actions_in_history(lab, "disabled"), "the action is noted")


def test_an_action_for_a_policy_that_is_not_there_fails_in_the_history(lab: ControlLab) -> None:
    put(lab, "nowhere", AlarmActions=[OUT])
    lab.client("cloudwatch").set_alarm_state(AlarmName="nowhere", StateValue="ALARM", StateReason="a test")
    [item] = until(lambda: actions_in_history(lab, "nowhere"), "the action is noted")
    assert item["HistorySummary"] == f"Failed to execute action {OUT}"


def test_a_user_who_changes_an_alarm_of_target_tracking_is_written_down(lab: ControlLab) -> None:
    put(lab, "TargetTracking-x")
    lab.client("cloudwatch").delete_alarms(AlarmNames=["TargetTracking-x"])
    [touched] = until(lambda: lab.truth("managed_alarm_touched"), "it is written down")
    assert (touched["name"], touched["how"]) == ("TargetTracking-x", "deleted")
