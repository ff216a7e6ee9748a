"""What the AWS API of a lab answers to plain boto3, and what it refuses."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import AP, EU, ROLE, US, ControlLab, control_lab, until

pytestmark = pytest.mark.lab

TAGS = [{"Key": "drill", "Values": ["storefront"]}]
FILTER = [{"Name": "tag:drill", "Values": ["storefront"]}]


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(instances_per_region=3, alarm_period=10, deregistration_delay=5) as running:
        yield running


def instances(lab: ControlLab, region: str = US) -> list[dict[str, Any]]:
    reservations = lab.client("ec2", region).describe_instances(Filters=FILTER)["Reservations"]
    return [i for r in reservations for i in r["Instances"] if i["State"]["Name"] != "terminated"]


def running(lab: ControlLab) -> bool:
    return {i["State"]["Name"] for i in instances(lab)} == {"running"}


def states(lab: ControlLab, region: str = US) -> dict[str, str]:
    group = lab.stack["regions"][region]["target_group"]
    described = lab.client("elbv2", region).describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {d["Target"]["Id"]: d["TargetHealth"]["State"] for d in described}


def test_the_caller_has_the_account_of_the_descriptor(lab: ControlLab) -> None:
    assert lab.client("sts").get_caller_identity()["Account"] == lab.stack["account"]
    assert lab.client("iam").get_role(RoleName="drill-fis")["Role"]["Arn"] == ROLE


@pytest.mark.parametrize("region", [US, EU, AP])
def test_everything_that_was_deployed_is_found_by_its_tag(lab: ControlLab, region: str) -> None:
    pages = lab.client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(TagFilters=TAGS)
    found = {r["ResourceARN"] for page in pages for r in page["ResourceTagMappingList"]}
    described = lab.stack["regions"][region]
    assert {described["load_balancer"], described["target_group"]} <= found
    for part in ("autoScalingGroupName/", ":db:", ":instance/", ":subnet/", ":vpc/", ":alarm:"):
        assert any(part in arn for arn in found), part
    assert any(":::hostedzone/" in arn for arn in found) == (region == US)


def test_instances_are_spread_over_the_zones_and_belong_to_their_group(lab: ControlLab) -> None:
    found = instances(lab)
    assert sorted(i["Placement"]["AvailabilityZone"] for i in found) == [f"{US}{z}" for z in "abc"]
    assert {i["State"]["Name"] for i in found} == {"running"}
    members = {m["InstanceId"] for m in lab.group(US)["Instances"]}
    assert members == {i["InstanceId"] for i in found} == set(states(lab))


def test_a_stopped_instance_is_dead_stays_a_member_and_comes_back(lab: ControlLab) -> None:
    victim = instances(lab)[0]["InstanceId"]
    ec2 = lab.client("ec2")
    assert ec2.stop_instances(InstanceIds=[victim])["StoppingInstances"][0]["CurrentState"]["Name"] == "stopping"
    until(lambda: {i["InstanceId"]: i["State"]["Name"] for i in instances(lab)}[victim] == "stopped", "it is stopped")
    (stopping,), (stopped,) = lab.truth("instance_stopping")[-1:], lab.truth("instance_stopped")[-1:]
    assert stopping["instance"] == stopped["instance"] == victim
    assert stopping["at_ns"] < stopped["at_ns"]
    assert states(lab)[victim] == "unused"
    member = {m["InstanceId"]: m for m in lab.group(US)["Instances"]}[victim]
    assert member["HealthStatus"] == "Unhealthy"
    assert lab.group(US)["SuspendedProcesses"][0]["ProcessName"] == "ReplaceUnhealthy"
    ec2.start_instances(InstanceIds=[victim])
    until(lambda: states(lab)[victim] == "healthy", "it is healthy again")
    until(lambda: running(lab), "it runs again")


def test_a_terminated_instance_is_replaced_by_its_group(lab: ControlLab) -> None:
    victim = instances(lab, AP)[0]["InstanceId"]
    lab.client("ec2", AP).terminate_instances(InstanceIds=[victim])

    def replaced() -> bool:
        members = {m["InstanceId"]: m["LifecycleState"] for m in lab.group(AP)["Instances"]}
        return victim not in members and list(members.values()) == ["InService"] * 3

    until(replaced, "another one is in service")
    activities = lab.client("autoscaling", AP).describe_scaling_activities()["Activities"]
    assert activities[0]["Description"].startswith("Launching") and activities[0]["StatusCode"] == "Successful"


def test_a_target_can_be_taken_out_and_put_back(lab: ControlLab) -> None:
    group, elb = lab.stack["regions"][EU]["target_group"], lab.client("elbv2", EU)
    target = next(iter(states(lab, EU)))
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": target}])
    until(lambda: states(lab, EU).get(target) in ("draining", None), "it drains")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target}])
    until(lambda: states(lab, EU).get(target) == "healthy", "it is back")


def test_fis_stops_the_instances_of_a_tag_and_starts_them_when_it_is_stopped(lab: ControlLab) -> None:
    chosen = {"Instances": {"resourceType": "aws:ec2:instance", "resourceTags": {"drill": "storefront"},
                            "filters": [{"path": "Placement.AvailabilityZone", "values": [f"{US}b"]}]}}  # fmt: skip
    id = lab.start(lab.template("aws:ec2:stop-instances", chosen, startInstancesAfterDuration="PT1H"))
    until(lambda: "stopped" in {i["State"]["Name"] for i in instances(lab)}, "one is stopped")
    [target] = lab.client("fis").list_experiment_resolved_targets(experimentId=id)["resolvedTargets"]
    stopped = [i["InstanceId"] for i in instances(lab) if i["State"]["Name"] == "stopped"]
    assert target["targetInformation"]["resourceArn"].endswith(f":instance/{stopped[0]}")
    lab.client("fis").stop_experiment(id=id)
    until(lambda: lab.experiment(id)["state"]["status"] == "stopped", "it is stopped")
    until(lambda: running(lab), "all run again")


def test_fis_cuts_a_zone_without_cutting_the_region(lab: ControlLab) -> None:
    subnets = lab.client("ec2", EU).describe_subnets(Filters=FILTER)["Subnets"]
    arns = [s["SubnetArn"] for s in subnets if s["AvailabilityZone"] == f"{EU}c"]
    target = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": arns}}
    id = lab.start(lab.template("aws:network:disrupt-connectivity", target, EU, scope="all", duration="PT1H"), EU)
    inside = {i["InstanceId"] for i in instances(lab, EU) if i["Placement"]["AvailabilityZone"] == f"{EU}c"}
    until(
        lambda: {i for i, state in states(lab, EU).items() if state == "unhealthy"} == inside, "only that zone is sick"
    )
    assert lab.truth("cut")[-1]["places"] == [f"{EU}c"]
    lab.client("fis", EU).stop_experiment(id=id)
    until(lambda: set(states(lab, EU).values()) == {"healthy"}, "all are healthy")


def test_fis_reboots_a_database(lab: ControlLab) -> None:
    target = {"DBInstances": {"resourceType": "aws:rds:db", "resourceArns": [lab.database(AP)["DBInstanceArn"]]}}  # type: ignore[index]
    id = lab.start(lab.template("aws:rds:reboot-db-instances", target, AP), AP)
    until(lambda: lab.experiment(id, AP)["state"]["status"] == "completed", "it is done")
    assert lab.truth("database_rebooted")[-1]["region"] == AP


def test_an_alarm_of_a_users_own_stops_an_experiment(lab: ControlLab) -> None:
    cloudwatch, fis = lab.client("cloudwatch"), lab.client("fis")
    cloudwatch.put_metric_alarm(
        AlarmName="too-bad", Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=10, EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold", Threshold=5, TreatMissingData="notBreaching",
    )  # fmt: skip
    arn = cloudwatch.describe_alarms(AlarmNames=["too-bad"])["MetricAlarms"][0]["AlarmArn"]
    template = fis.create_experiment_template(
        description="a long wait", roleArn=ROLE, stopConditions=[{"source": "aws:cloudwatch:alarm", "value": arn}],
        actions={"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT12H"}}},
    )["experimentTemplate"]["id"]  # fmt: skip
    id = lab.start(template)
    until(lambda: lab.experiment(id)["state"]["status"] == "running", "it runs")
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Values": [3, 4]}])
    until(lambda: lab.experiment(id)["state"]["status"] == "stopped", "the alarm stops it")
    assert "stop condition" in lab.experiment(id)["state"]["reason"]
    cloudwatch.delete_alarms(AlarmNames=["too-bad"])


def test_a_state_that_is_set_lasts_until_the_next_evaluation(lab: ControlLab) -> None:
    alarm = lab.stack["regions"][AP]["detection_alarm"]
    lab.client("cloudwatch", AP).set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    until(lambda: lab.alarm(alarm, AP) == "OK", "it is judged again")


def test_statistics_of_what_was_put_have_percentiles(lab: ControlLab) -> None:
    cloudwatch, now = lab.client("cloudwatch"), datetime.now(UTC)
    data = [{"MetricName": "Size", "Value": float(n), "Timestamp": now} for n in range(1, 101)]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    span = {"StartTime": now - timedelta(minutes=1), "EndTime": now + timedelta(seconds=1)}
    metric = {"Namespace": "Shop", "MetricName": "Size"}
    [point] = cloudwatch.get_metric_statistics(**metric, **span, Period=60, Statistics=["Maximum", "SampleCount"])[
        "Datapoints"
    ]
    assert (point["Maximum"], point["SampleCount"]) == (100, 100)
    query = {"Id": "p", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p95"}}
    [result] = cloudwatch.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
    assert result["Values"] == [pytest.approx(95.05)]


def test_balancers_publish_their_healthy_hosts(lab: ControlLab) -> None:
    asked = {"Namespace": "AWS/ApplicationELB", "MetricName": "HealthyHostCount"}
    listed = until(lambda: lab.client("cloudwatch").list_metrics(**asked)["Metrics"], "a balancer reports")
    names = {d["Name"] for d in listed[0]["Dimensions"]}
    assert names == {"LoadBalancer", "TargetGroup"}


def test_records_that_were_changed_answer_at_once(lab: ControlLab) -> None:
    record = {"Name": "new.storefront.test", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "127.0.0.9"}]}
    for action, answer in (("CREATE", ("127.0.0.9", 5)), ("DELETE", (None, 0))):
        lab.client("route53").change_resource_record_sets(
            HostedZoneId=lab.stack["entry"]["zone_id"],
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
        )
        assert lab.resolve("new.storefront.test") == answer


def test_a_second_promotion_is_refused_as_on_aws(lab: ControlLab) -> None:
    with pytest.raises(ClientError) as refused:
        lab.client("rds").promote_read_replica(DBInstanceIdentifier="storefront-us-east-1")
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"


def test_a_desired_capacity_out_of_bounds_is_refused(lab: ControlLab) -> None:
    with pytest.raises(ClientError, match="99 is above max value 12"):
        lab.client("autoscaling").set_desired_capacity(AutoScalingGroupName=f"storefront-{US}", DesiredCapacity=99)


def test_an_alarm_without_a_threshold_is_refused(lab: ControlLab) -> None:
    with pytest.raises(ClientError, match="Threshold must be given"):
        lab.client("cloudwatch").put_metric_alarm(
            AlarmName="x",
            EvaluationPeriods=1,
            Period=60,
            ComparisonOperator="GreaterThanThreshold",
            Namespace="Shop",
            MetricName="x",
            Statistic="Sum",
        )


REFUSALS: dict[str, Callable[[ControlLab], Any]] = {
    "ec2:RunInstances": lambda lab: lab.client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1),
    "rds:FailoverGlobalCluster": lambda lab: lab.client("rds").failover_global_cluster(
        GlobalClusterIdentifier="x", TargetDbClusterIdentifier="y"
    ),
    "autoscaling:SetInstanceProtection": lambda lab: lab.client("autoscaling").set_instance_protection(
        AutoScalingGroupName="x", InstanceIds=["i-1"], ProtectedFromScaleIn=True
    ),
    "monitoring:PutCompositeAlarm": lambda lab: lab.client("cloudwatch").put_composite_alarm(
        AlarmName="x", AlarmRule="ALARM(x)"
    ),
    "actions other than scaling policies": lambda lab: lab.client("cloudwatch").put_metric_alarm(
        AlarmName="x", AlarmActions=["arn:aws:sns:us-east-1:123456789012:x"], EvaluationPeriods=1, Period=60,
        ComparisonOperator="GreaterThanThreshold", Namespace="Shop", MetricName="x", Statistic="Sum", Threshold=1,
    ),
    "PutMetricAlarm with Unit": lambda lab: lab.client("cloudwatch").put_metric_alarm(
        AlarmName="x", Unit="Bytes", EvaluationPeriods=1, Period=60,
        ComparisonOperator="GreaterThanThreshold", Namespace="Shop", MetricName="x", Statistic="Sum", Threshold=1,
    ),
    "PutMetricAlarm with EvaluateLowSampleCountPercentile": lambda lab: lab.client("cloudwatch").put_metric_alarm(
        AlarmName="x", EvaluateLowSampleCountPercentile="ignore", EvaluationPeriods=1, Period=60,
        ComparisonOperator="GreaterThanThreshold", Namespace="Shop", MetricName="x", Statistic="Sum", Threshold=1,
    ),
    "route53:CreateTrafficPolicy": lambda lab: lab.client("route53").create_traffic_policy(Name="x", Document="{}"),
    "no service 'sqs'": lambda lab: lab.client("sqs").list_queues(),
    "no service 'cloudfront'": lambda lab: lab.client("cloudfront").list_distributions(),
    "in us-west-2": lambda lab: lab.client("ec2", "us-west-2").describe_instances(),
}  # fmt: skip


@pytest.mark.parametrize("named", REFUSALS)
def test_what_the_lab_cannot_do_is_refused_by_name_and_not_tried_again(lab: ControlLab, named: str) -> None:
    with pytest.raises(ClientError) as refused:
        REFUSALS[named](lab)
    told = refused.value.response
    assert named in told["Error"]["Message"]
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert told["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_bad_template_is_refused_with_every_problem(lab: ControlLab) -> None:
    with pytest.raises(lab.client("fis").exceptions.ValidationException) as refused:
        lab.template("aws:network:disrupt-connectivity", None, scope="all", duration="soon")
    assert "takes Subnets" in str(refused.value) and "no ISO 8601 duration" in str(refused.value)


def test_a_call_repeated_with_its_token_makes_nothing_new(lab: ControlLab) -> None:
    fis = lab.client("fis")
    template = lab.template("aws:fis:wait", None, duration="PT1M")
    token = f"token-{time.monotonic_ns()}"
    ids = {fis.start_experiment(experimentTemplateId=template, clientToken=token)["experiment"]["id"] for _ in range(2)}
    assert len(ids) == 1
    fis.stop_experiment(id=ids.pop())


def test_a_name_cannot_be_simple_and_have_a_policy(lab: ControlLab) -> None:
    record = {"Name": "api.storefront.test", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "127.0.0.9"}]}
    with pytest.raises(ClientError, match="cannot be both"):
        lab.client("route53").change_resource_record_sets(
            HostedZoneId=lab.stack["entry"]["zone_id"],
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
        )
