"""What policies make of an alarm and of who is in service, without a lab."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from harness.lab.control.alarm_actions import Actions
from harness.lab.control.alarms import ALARM, Alarm, Alarms, Rule
from harness.lab.control.instances import Instance
from harness.lab.control.lab import now
from harness.lab.control.metrics import datum, key
from harness.lab.recipe import Recipe
from harness.lab.scaling.group import Group
from harness.lab.scaling.lifecycle import IN_SERVICE
from harness.lab.scaling.member import Member
from harness.lab.scaling.policies import Policies
from harness.lab.scaling.policy import Policy
from harness.lab.scaling.tracking import healthy_hosts, resource_label

REGION = "us-east-1"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/b/1"
TARGETS = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/t/2"
WARM, WARMING = 1000.0, 1.0  # seconds in service


class World:
    """A group whose members have been in service for so long, and its policies."""

    def __init__(self, *ages: float, **settings: Any) -> None:
        self.group = Group(
            name="g", region=REGION, arn="g", subnets=[], target_group=TARGETS, balancer=BALANCER,
            desired=len(ages), cooldown=300, **settings)  # fmt: skip
        for n, age in enumerate(ages):
            instance = Instance(id=f"i-{n}", region=REGION, zone=f"{REGION}a", state="running")
            member = Member(instance=instance, lifecycle=IN_SERVICE, since=time.monotonic() - age)
            self.group.members[instance.id] = member
        self.resized: list[str] = []
        lab: Any = SimpleNamespace(
            recipe=Recipe(time_scale=1),
            real=lambda seconds: seconds,
            truth=SimpleNamespace(write=lambda *_, **__: None),
            soon=lambda *_: None,
        )
        groups: Any = SimpleNamespace(groups={REGION: self.group}, resize=self._resize)
        self.alarms = Alarms(lab)
        self.policies = Policies(lab, groups, self.alarms)

    def _resize(self, group: Group, desired: int, trigger: str) -> None:
        group.desired = desired
        self.resized.append(trigger)

    def track(self, name: str = "p", **more: Any) -> Policy:
        spec = {"MetricName": "M", "Namespace": "N", "Statistic": "Average"}
        asked = {"TargetValue": 50, "CustomizedMetricSpecification": spec, **more.pop("tracking", {})}
        return self.put(name, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=asked, **more)

    def put(self, name: str, **asked: Any) -> Policy:
        return self.policies.put(self.group, {"PolicyName": name, **asked})

    def alarm(self, policy: Policy, which: str) -> Alarm:
        return next(a for a in self.policies.calling(policy) if which in a.name)

    def crosses(self, policy: Policy, which: str, *points: float | None) -> int:
        """The desired capacity after an alarm of a policy with such datapoints."""
        alarm = self.alarm(policy, which)
        alarm.state, alarm.points = ALARM, points
        assert self.policies.act(policy.arn, alarm)
        return self.group.desired

    def crosses_once(self, which: str, *points: float | None) -> int:
        """The same with a policy of its own."""
        return self.crosses(self.track(), which, *points)

    def called(self, policy: Policy, value: float, threshold: float = 70) -> int:
        """The desired capacity after an alarm of one's own."""
        rule = Rule(metric=key("N", "M", {}), statistic="Average", comparison="GreaterThanThreshold",
                    threshold=threshold, period=60, periods=1, needed=1)  # fmt: skip
        alarm = Alarm(name="a", region=REGION, arn="a", rule=rule, actions=Actions(alarm=(policy.arn,)))
        alarm.points = (value,)
        assert self.policies.act(policy.arn, alarm)
        return self.group.desired


def test_a_metric_above_its_target_grows_the_group_by_its_last_datapoint() -> None:
    world = World(WARM, WARM)
    assert world.crosses(world.track(), "High", 500, 60, 100) == 4
    assert "in state ALARM triggered policy p changing the desired capacity from 2 to 4." in world.resized[0]


def test_instances_that_warm_up_are_not_what_the_next_increase_starts_from() -> None:
    world = World(WARM, WARM, WARMING, WARMING)
    policy = world.track(EstimatedInstanceWarmup=60)
    assert world.crosses(policy, "High", 100) == 4
    assert world.crosses(policy, "High", 160) == 7


def test_without_a_warm_up_of_its_own_a_policy_has_that_of_the_group_else_its_cooldown() -> None:
    aged = 100.0
    assert World(WARM, aged).crosses_once("High", 100) == 2
    assert World(WARM, aged, warmup=50).crosses_once("High", 100) == 4
    assert World(WARM, aged, warmup=200).crosses_once("High", 100) == 2


def test_a_group_in_which_somebody_warms_up_does_not_shrink() -> None:
    world = World(WARM, WARM, WARM, WARMING)
    policy = world.track(EstimatedInstanceWarmup=60)
    assert world.crosses(policy, "Low", 1, 1, 1) == 4


def test_a_group_shrinks_by_the_highest_of_the_low_datapoints() -> None:
    world = World(WARM, WARM, WARM, WARM)
    assert world.crosses(world.track(), "Low", 5, 25, 5) == 2


def test_a_group_with_two_policies_shrinks_only_when_both_are_low_and_by_the_least() -> None:
    world = World(*[WARM] * 8)
    first, second = world.track("first"), world.track("second")
    assert world.crosses(first, "Low", 5) == 8
    assert world.crosses(second, "Low", 20) == 4


def test_a_capacity_stays_within_its_limits_and_above_the_forecast() -> None:
    assert World(WARM, WARM, maximum=3).crosses_once("High", 500) == 3
    assert World(*[WARM] * 6, minimum=2).crosses_once("Low", 0) == 2
    assert World(*[WARM] * 6, minimum=2, floor=5).crosses_once("Low", 0) == 5


def test_requests_per_target_are_multiplied_by_those_that_were_healthy_then() -> None:
    world = World(WARM, WARM, WARMING, WARMING)
    label = resource_label(BALANCER, TARGETS)
    spec = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    asked = {"TargetValue": 50, "PredefinedMetricSpecification": spec}
    policy = world.put("p", PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=asked)
    world.alarm(policy, "High").evaluated = 10
    hosts = healthy_hosts(BALANCER, TARGETS)
    for at in (600, 630, 659):
        world.alarms.metrics[REGION].put(hosts, datum(at, [4], "Count"))
    assert world.crosses(policy, "High", 75) == 6


def test_a_policy_that_is_not_enabled_has_no_alarms_and_does_nothing() -> None:
    world = World(WARM, WARM)
    policy = world.track(Enabled=False)
    assert policy.alarms == ()
    steps = [{"ScalingAdjustment": 3}]
    off = world.put(
        "s", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity", StepAdjustments=steps, Enabled=False
    )
    assert world.called(off, 90) == 2


def test_an_alarm_without_a_datapoint_says_that_there_is_nothing_to_scale_by() -> None:
    world = World(WARM)
    with pytest.raises(LookupError, match="no datapoint"):
        world.crosses(world.track(), "High", None)


def test_a_step_is_not_taken_twice_while_it_warms_up() -> None:
    world = World(WARM, WARM)
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 3}]
    policy = world.put("s", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity", StepAdjustments=steps)
    assert world.called(policy, 90) == 5
    assert world.called(policy, 90) == 5
    assert len(world.resized) == 1


def test_simple_scaling_waits_until_its_activities_are_over_and_then_for_the_cooldown() -> None:
    world = World(WARM, WARM)
    policy = world.put("s", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1, Cooldown=60)
    assert world.called(policy, 90) == 3
    activity = world.group.begin("Launching", "because", "a")
    assert world.called(policy, 90) == 3
    activity.end("Successful")
    assert world.called(policy, 90) == 3
    world.policies.cooldowns._begun[REGION] = now() - timedelta(seconds=200), 60.0
    activity.started = activity.ended = now() - timedelta(seconds=100)
    assert world.called(policy, 90) == 4


def test_a_policy_that_is_put_again_keeps_its_name_and_arn_and_has_new_alarms() -> None:
    world = World(WARM)
    first, second = world.track(), world.track()
    assert first.arn == second.arn
    assert not set(first.alarms) & set(second.alarms)
    assert {a.name for a in world.alarms.alarms.values()} == set(second.alarms)


def test_an_arn_of_no_policy_is_not_one_of_a_group() -> None:
    world = World(WARM)
    alarm = world.alarm(world.track(), "High")
    assert not world.policies.act("arn:aws:autoscaling:nobody", alarm)
