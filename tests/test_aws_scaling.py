"""What the gateways make of fleets, scaling policies, scaling activities, and of the metrics of alarms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.stub import Stubber

from harness.aws.application_autoscaling import ApplicationAutoScaling
from harness.aws.autoscaling import AutoScaling
from harness.aws.cloudwatch import CloudWatch, Metric
from harness.aws.ecs import Ecs
from harness.aws.session import Aws
from harness.model.fleet import Fleet

US = "us-east-1"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RESOURCE = "service/shop/web"
Stub = Callable[[str], Stubber]


def group(*states: str, **more: Any) -> dict[str, Any]:
    listed = [
        {"InstanceId": f"i-{n}", "AvailabilityZone": "a", "LifecycleState": state, "HealthStatus": "Healthy",
         "ProtectedFromScaleIn": False} for n, state in enumerate(states)
    ]  # fmt: skip
    named = {"AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 8, "DesiredCapacity": 4, "DefaultCooldown": 1}
    rest = {"AvailabilityZones": [], "HealthCheckType": "EC2", "CreatedTime": WHEN, "Instances": listed}
    return {"AutoScalingGroups": [{**named, **rest, **more}]}


def test_instances_count_by_what_they_do(aws: Aws, stub: Stub) -> None:
    states = ("InService", "Pending", "Pending:Wait", "Terminating:Wait", "Warmed:Stopped", "Standby")
    stub("autoscaling").add_response("describe_auto_scaling_groups", group(*states))
    found = AutoScaling(aws, US).fleet("g")
    assert found is not None
    assert (found.desired, found.in_service, found.pending, found.terminating, found.warmed) == (4, 1, 2, 1, 1)
    assert found.instances == {f"i-{n}": state for n, state in enumerate(states)}


def test_a_warm_pool_counts_by_its_size_where_its_instances_are_not_listed(aws: Aws, stub: Stub) -> None:
    stub("autoscaling").add_response("describe_auto_scaling_groups", group("InService", WarmPoolSize=3))
    found = AutoScaling(aws, US).fleet("g")
    assert found is not None and found.warmed == 3


def test_no_group_has_no_fleet(aws: Aws, stub: Stub) -> None:
    stub("autoscaling").add_response("describe_auto_scaling_groups", {"AutoScalingGroups": []})
    assert AutoScaling(aws, US).fleet("g") is None


def test_tasks_count_by_what_they_do(aws: Aws, stub: Stub) -> None:
    service = {"status": "ACTIVE", "desiredCount": 5, "runningCount": 3, "pendingCount": 2}
    stub("ecs").add_response("describe_services", {"services": [{"status": "DRAINING"}, service]})
    assert Ecs(aws, US).fleet("shop", "web") == Fleet(desired=5, in_service=3, pending=2)


def test_a_service_that_drains_has_no_fleet(aws: Aws, stub: Stub) -> None:
    stub("ecs").add_response("describe_services", {"services": [{"status": "DRAINING"}]})
    assert Ecs(aws, US).fleet("shop", "web") is None


def test_policies_name_their_alarms_and_whether_these_add_capacity(aws: Aws, stub: Stub) -> None:
    alarms = [{"AlarmName": "high", "AlarmARN": "arn:high"}, {"AlarmName": "low", "AlarmARN": "arn:low"}]
    listed = [
        {"PolicyName": "track", "PolicyType": "TargetTrackingScaling", "Alarms": alarms},
        {"PolicyName": "simple", "PolicyType": "SimpleScaling", "ScalingAdjustment": -1, "Alarms": alarms[1:]},
        {"PolicyName": "steps", "StepAdjustments": [{"ScalingAdjustment": 1}, {"ScalingAdjustment": 3}]},
    ]
    stub("autoscaling").add_response("describe_policies", {"ScalingPolicies": listed})
    found = AutoScaling(aws, US).policies("g")
    assert [(p.name, p.alarms, p.adds) for p in found] == [
        ("track", ("high", "low"), None),
        ("simple", ("low",), False),
        ("steps", (), True),
    ]


def test_policies_of_a_service_are_read_likewise(aws: Aws, stub: Stub) -> None:
    base = {"PolicyARN": "arn", "ServiceNamespace": "ecs", "ResourceId": RESOURCE, "CreationTime": WHEN}
    base |= {"ScalableDimension": "ecs:service:DesiredCount"}
    steps = {"StepAdjustments": [{"ScalingAdjustment": -2}]}
    listed = [
        {**base, "PolicyName": "track", "PolicyType": "TargetTrackingScaling",
         "Alarms": [{"AlarmName": "high", "AlarmARN": "arn:high"}]},
        {**base, "PolicyName": "steps", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": steps},
    ]  # fmt: skip
    asked = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE}
    stub("application-autoscaling").add_response("describe_scaling_policies", {"ScalingPolicies": listed}, asked)
    found = ApplicationAutoScaling(aws, US).policies(RESOURCE)
    assert [(p.name, p.alarms, p.adds) for p in found] == [("track", ("high",), None), ("steps", (), False)]


def activity(n: int, **more: Any) -> dict[str, Any]:
    named = {"ActivityId": f"a{n}", "Description": f"launching {n}", "Cause": "why", "StatusCode": "Successful"}
    return {**named, "StartTime": WHEN + n * SECOND, **more}


def test_activities_since_a_moment_come_oldest_first(aws: Aws, stub: Stub) -> None:
    listed = [activity(n, AutoScalingGroupName="g") for n in (3, 2, 1)]
    listed[0]["EndTime"] = WHEN + 9 * SECOND
    stub("autoscaling").add_response("describe_scaling_activities", {"Activities": listed})
    found = AutoScaling(aws, US).activities("g", WHEN + 2 * SECOND)
    assert [(a.id, a.description, a.ended) for a in found] == [
        ("a2", "launching 2", None),
        ("a3", "launching 3", WHEN + 9 * SECOND),
    ]


def test_activities_of_a_service_are_read_likewise(aws: Aws, stub: Stub) -> None:
    rest = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": "ecs:service:DesiredCount"}
    listed = [activity(n, **rest) for n in (3, 2, 1)]
    stub("application-autoscaling").add_response("describe_scaling_activities", {"ScalingActivities": listed})
    found = ApplicationAutoScaling(aws, US).activities(RESOURCE, WHEN + 2 * SECOND)
    assert [a.id for a in found] == ["a2", "a3"]


def rule(**more: Any) -> dict[str, Any]:
    named = {"AlarmName": "high", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1000.0}
    metric = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60}
    return {**named, **metric, "Dimensions": [{"Name": "TargetGroup", "Value": "tg"}], **more}


def test_a_rule_says_what_an_alarm_looks_at_and_when_it_rings(aws: Aws, stub: Stub) -> None:
    low = rule(AlarmName="low", ComparisonOperator="LessThanThreshold", Statistic="", ExtendedStatistic="p90")
    low |= {"EvaluationPeriods": 5, "DatapointsToAlarm": 2}
    high = rule(EvaluationPeriods=3)
    stub("cloudwatch").add_response("describe_alarms", {"MetricAlarms": [high, low]})
    ringing, under = CloudWatch(aws, US).rules(["high", "low"])
    metric = Metric(namespace="N", name="M", statistic="Sum", period=60, dimensions={"TargetGroup": "tg"})
    assert (ringing.name, ringing.above, ringing.threshold, ringing.metric) == ("high", True, 1000.0, metric)
    assert (under.above, under.metric.statistic) == (False, "p90")
    assert (ringing.datapoints_to_alarm, ringing.evaluation_periods) == (3, 3)
    assert (under.datapoints_to_alarm, under.evaluation_periods) == (2, 5)


MATH = (
    {"Id": "m1", "MetricStat": {"Metric": {"MetricName": "M"}, "Period": 30, "Stat": "Sum"}, "ReturnData": False},
    {"Id": "e1", "Expression": "m1 / 2 + m12", "Label": "half"},
)


def test_a_rule_of_metric_math_keeps_its_queries(aws: Aws, stub: Stub) -> None:
    made = {"AlarmName": "math", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0, "Metrics": list(MATH)}
    stub("cloudwatch").add_response("describe_alarms", {"MetricAlarms": [made]})
    (found,) = CloudWatch(aws, US).rules(["math"])
    assert (found.metric.name, found.metric.statistic, found.metric.period) == ("half", "m1 / 2 + m12", 30)
    assert found.metric.queries == MATH


def test_points_come_by_metric_from_every_page_the_oldest_first(aws: Aws, stub: Stub) -> None:
    plain = Metric(namespace="N", name="M", statistic="p95", period=60, dimensions={"LoadBalancer": "lb"})
    math = Metric(namespace="", name="half", statistic="m1 / 2", period=30, queries=MATH)
    asked = {
        "MetricDataQueries": [
            {"Id": "m0", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M",
             "Dimensions": [{"Name": "LoadBalancer", "Value": "lb"}]}, "Period": 60, "Stat": "p95"}},
            {**MATH[0], "Id": "m1_m1"},
            {"Id": "m1_e1", "Expression": "m1_m1 / 2 + m12", "Label": "half"},
        ],
        "StartTime": WHEN, "EndTime": WHEN + 60 * SECOND, "ScanBy": "TimestampAscending",
    }  # fmt: skip
    first = [{"Id": "m0", "Timestamps": [WHEN + SECOND], "Values": [2.0]}]
    second = [{"Id": "m0", "Timestamps": [WHEN], "Values": [1.0]}, {"Id": "m1_e1", "Timestamps": [], "Values": []}]
    between = stub("cloudwatch")
    between.add_response("get_metric_data", {"MetricDataResults": first, "NextToken": "more"}, asked)
    between.add_response("get_metric_data", {"MetricDataResults": second}, {**asked, "NextToken": "more"})
    found = CloudWatch(aws, US).points((plain, math), WHEN, WHEN + 60 * SECOND)
    assert found == (((WHEN, 1.0), (WHEN + SECOND, 2.0)), ())
