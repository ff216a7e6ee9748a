"""Gateways: what they ask, what they make of the answer, and how an error of AWS reads afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber

from harness.aws.autoscaling import AutoScaling, Capacity
from harness.aws.cloudwatch import CloudWatch
from harness.aws.elbv2 import Elbv2
from harness.aws.fis import Fis
from harness.aws.rds import Rds
from harness.aws.route53 import Route53
from harness.aws.session import Aws, calling
from harness.errors import CallFailed
from tests.experiments import STACK

US = "us-east-1"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
Stub = Callable[[str], Stubber]


def experiment(status: str, run: str = "mine", experiment_id: str = "E1") -> dict[str, Any]:
    return {"id": experiment_id, "state": {"status": status, "reason": "why"}, "tags": {"drill-run": run}}


def database(**more: Any) -> dict[str, Any]:
    base = {"DBInstanceIdentifier": "db", "DBInstanceArn": "arn", "DBInstanceStatus": "available"}
    return {"DBInstances": [{**base, **more}]}


# errors


def test_an_error_of_aws_keeps_its_code_and_says_which_call(aws: Aws, stub: Stub) -> None:
    stub("autoscaling").add_client_error("set_desired_capacity", "ScalingActivityInProgress", "wait")
    with pytest.raises(CallFailed) as failed:
        AutoScaling(aws, US).set_desired("group", 3)
    assert failed.value.code == "ScalingActivityInProgress"
    assert str(failed.value) == (
        f"call failed: autoscaling:SetDesiredCapacity of group in {US}: ScalingActivityInProgress: wait"
    )


def test_an_endpoint_that_does_not_answer_is_a_call_that_failed() -> None:
    with pytest.raises(CallFailed) as failed, calling("fis:GetExperiment"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert failed.value.code == "EndpointConnectionError"


def test_an_error_of_our_own_is_not_taken_for_one_of_aws() -> None:
    with pytest.raises(KeyError), calling("fis:GetExperiment"):
        raise KeyError("ours")


# what they make of the answer


def test_a_database_that_is_not_there_is_none(aws: Aws, stub: Stub) -> None:
    stub("rds").add_client_error("describe_db_instances", "DBInstanceNotFound")
    assert Rds(aws, US).instance("db") is None


def test_another_error_about_a_database_is_no_missing_database(aws: Aws, stub: Stub) -> None:
    stub("rds").add_client_error("describe_db_instances", "AccessDenied")
    with pytest.raises(CallFailed, match="AccessDenied"):
        Rds(aws, US).instance("db")


def test_a_database_with_a_source_is_a_replica_and_says_how_it_replicates(aws: Aws, stub: Stub) -> None:
    infos = [
        {"StatusType": "other", "Status": "x"},
        {"StatusType": "read replication", "Status": "replicating"},
    ]
    answer = database(ReadReplicaSourceDBInstanceIdentifier="arn:primary", StatusInfos=infos)
    stub("rds").add_response("describe_db_instances", answer, {"DBInstanceIdentifier": "db"})
    found = Rds(aws, US).instance("db")
    assert found is not None
    assert (found.is_replica, found.replication, found.region) == (True, "replicating", US)


def test_a_database_without_a_source_is_a_primary(aws: Aws, stub: Stub) -> None:
    stub("rds").add_response("describe_db_instances", database(ReadReplicaSourceDBInstanceIdentifier=""))
    found = Rds(aws, US).instance("db")
    assert found is not None
    assert (found.is_replica, found.replication, found.endpoint) == (False, None, "")


def test_a_database_is_deleted_without_a_snapshot_and_keeps_its_backups(aws: Aws, stub: Stub) -> None:
    asked = {"DBInstanceIdentifier": "db", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": False}
    stub("rds").add_response("delete_db_instance", {}, asked)
    Rds(aws, US).delete("db")


def test_only_instances_in_service_count_as_capacity(aws: Aws, stub: Stub) -> None:
    states = [{"InstanceId": s, "AvailabilityZone": "a", "LifecycleState": s, "HealthStatus": "Healthy",
               "ProtectedFromScaleIn": False} for s in ("InService", "Pending", "Terminating")]  # fmt: skip
    group = {
        "AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 8, "DesiredCapacity": 3, "DefaultCooldown": 1,
        "AvailabilityZones": [], "HealthCheckType": "EC2", "CreatedTime": WHEN, "Instances": states,
    }  # fmt: skip
    stub("autoscaling").add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [group]})
    assert AutoScaling(aws, US).capacity("g") == Capacity(minimum=1, desired=3, maximum=8, in_service=1)


def test_a_group_that_is_not_there_is_none(aws: Aws, stub: Stub) -> None:
    stub("autoscaling").add_response("describe_auto_scaling_groups", {"AutoScalingGroups": []})
    assert AutoScaling(aws, US).capacity("g") is None


def test_the_newest_datapoint_counts_in_whatever_order_they_come(aws: Aws, stub: Stub) -> None:
    points = [{"Timestamp": WHEN.replace(minute=m), "Average": float(m)} for m in (1, 3, 2)]
    stub("cloudwatch").add_response("get_metric_statistics", {"Datapoints": points})
    assert CloudWatch(aws, US).latest("n", "m", {"d": "v"}) == 3.0


def test_no_datapoint_is_no_reading_not_zero(aws: Aws, stub: Stub) -> None:
    stub("cloudwatch").add_response("get_metric_statistics", {"Datapoints": []})
    assert CloudWatch(aws, US).latest("n", "m", {}) is None


def test_alarms_carry_their_state_and_when_aws_says_it_changed(aws: Aws, stub: Stub) -> None:
    alarm = {"AlarmName": "a", "AlarmArn": "arn", "StateValue": "ALARM", "StateUpdatedTimestamp": WHEN}
    stub("cloudwatch").add_response("describe_alarms", {"MetricAlarms": [alarm]}, {"AlarmNames": ["a", "b"]})
    (found,) = CloudWatch(aws, US).alarms(["a", "b"])
    assert (found.name, found.region, found.state, found.updated, found.reason) == ("a", US, "ALARM", WHEN, "")


def test_a_target_is_in_use_when_it_is_healthy_and_no_shift_keeps_it_out(aws: Aws, stub: Stub) -> None:
    shifted = {"State": "zonal_shift_active"}
    targets = [
        {"Target": {"Id": "i-healthy"}, "TargetHealth": {"State": "healthy"}},
        {"Target": {"Id": "i-shifted"}, "TargetHealth": {"State": "healthy"}, "AdministrativeOverride": shifted},
        {"Target": {"Id": "i-draining"}, "TargetHealth": {"State": "draining"}},
    ]
    stub("elbv2").add_response("describe_target_health", {"TargetHealthDescriptions": targets})
    assert Elbv2(aws, US).in_use("tg") == {"i-healthy": True, "i-shifted": False, "i-draining": False}


def test_the_writers_of_the_clusters_of_a_stack_are_told(aws: Aws, stub: Stub) -> None:
    def cluster(name: str, tag: str) -> dict[str, Any]:
        members = [
            {"DBInstanceIdentifier": f"{name}-1", "IsClusterWriter": False},
            {"DBInstanceIdentifier": f"{name}-2", "IsClusterWriter": True},
        ]
        return {"DBClusterMembers": members, "TagList": [{"Key": "drill", "Value": tag}]}

    clusters = [cluster("other", "another"), cluster("mine", "storefront")]
    stub("rds").add_response("describe_db_clusters", {"DBClusters": clusters})
    assert Rds(aws, US).writers({"drill": "storefront"}) == ("mine-2",)


def test_target_health_is_by_target(aws: Aws, stub: Stub) -> None:
    targets = [{"Target": {"Id": f"i-{s}"}, "TargetHealth": {"State": s}} for s in ("healthy", "draining")]
    stub("elbv2").add_response("describe_target_health", {"TargetHealthDescriptions": targets})
    assert Elbv2(aws, US).target_health("tg") == {"i-healthy": "healthy", "i-draining": "draining"}


def test_records_of_other_names_are_left_out_and_every_page_is_read(aws: Aws, stub: Stub) -> None:
    def page(*names: str, more: bool) -> dict[str, Any]:
        sets = [{"Name": n, "Type": "A"} for n in names]
        next_ = {"NextRecordName": "z."} if more else {}
        return {"ResourceRecordSets": sets, "IsTruncated": more, "MaxItems": "2", **next_}

    route53 = stub("route53")
    route53.add_response("list_resource_record_sets", page("api.test.", "db.test.", more=True))
    route53.add_response("list_resource_record_sets", page("api.test.", more=False))
    assert len(Route53(aws).records("Z", "api.test")) == 2


def test_a_zone_that_is_not_there_is_told_from_one_that_does_not_answer(aws: Aws, stub: Stub) -> None:
    route53 = stub("route53")
    route53.add_client_error("get_hosted_zone", "NoSuchHostedZone")
    route53.add_client_error("get_hosted_zone", "Throttling")
    assert not Route53(aws).has_zone("Z")
    with pytest.raises(CallFailed, match="Throttling"):
        Route53(aws).has_zone("Z")


# FIS


def test_a_template_carries_the_tag_of_the_run_beside_its_own(aws: Aws, stub: Stub) -> None:
    template = {
        "description": "d",
        "stopConditions": [],
        "actions": {},
        "roleArn": STACK.role_arn,
        "tags": {"drill": "s"},
    }
    asked = {**template, "clientToken": ANY, "tags": {"drill": "s", "drill-run": "mine"}}
    stub("fis").add_response("create_experiment_template", {"experimentTemplate": {"id": "T1"}}, asked)
    assert Fis(aws, US).create_template(template, "mine") == "T1"


@pytest.mark.parametrize(("preview", "mode"), [(True, "skip-all"), (False, "run-all")])
def test_only_a_preview_skips_its_actions(aws: Aws, stub: Stub, preview: bool, mode: str) -> None:
    asked = {
        "clientToken": ANY,
        "experimentTemplateId": "T1",
        "experimentOptions": {"actionsMode": mode},
        "tags": {"drill-run": "mine"},
    }
    stub("fis").add_response("start_experiment", {"experiment": experiment("pending")}, asked)
    assert Fis(aws, US).start("T1", "mine", preview=preview).status == "pending"


def test_the_state_of_an_experiment_has_its_reason_and_each_action(aws: Aws, stub: Stub) -> None:
    actions = {"cut": {"state": {"status": "running"}}, "stop": {}}
    answer = {"experiment": {**experiment("running"), "actions": actions}}
    stub("fis").add_response("get_experiment", answer, {"id": "E1"})
    state = Fis(aws, US).get("E1")
    assert (state.status, state.reason, state.actions) == ("running", "why", {"cut": "running", "stop": "pending"})


@pytest.mark.parametrize(
    ("status", "over"),
    [("completed", True), ("stopped", True), ("failed", True), ("cancelled", True), ("stopping", False),
     ("running", False), ("pending", False), ("initiating", False)],
)  # fmt: skip
def test_only_a_final_status_is_over(aws: Aws, stub: Stub, status: str, over: bool) -> None:
    stub("fis").add_response("get_experiment", {"experiment": experiment(status)})
    assert Fis(aws, US).get("E1").over is over


def test_an_experiment_that_is_over_is_not_stopped_again(aws: Aws, stub: Stub) -> None:
    stub("fis").add_response("get_experiment", {"experiment": experiment("completed")})
    Fis(aws, US).stop("E1")


def test_an_experiment_in_force_is_stopped(aws: Aws, stub: Stub) -> None:
    fis = stub("fis")
    fis.add_response("get_experiment", {"experiment": experiment("running")})
    fis.add_response("stop_experiment", {}, {"id": "E1"})
    Fis(aws, US).stop("E1")


def test_the_experiments_of_a_run_are_those_in_force_with_its_tag(aws: Aws, stub: Stub) -> None:
    listed = [
        experiment("running"),
        experiment("completed", experiment_id="E2"),
        experiment("running", "another", "E3"),
        {**experiment("running", experiment_id="E4"), "tags": {}},
    ]
    fis = stub("fis")
    fis.add_response("list_experiments", {"experiments": listed})
    fis.add_response("get_experiment", {"experiment": experiment("running")}, {"id": "E1"})
    assert [s.experiment_id for s in Fis(aws, US).of_run("mine")] == ["E1"]


def test_an_experiment_that_ended_since_it_was_listed_is_not_in_force(aws: Aws, stub: Stub) -> None:
    fis = stub("fis")
    fis.add_response("list_experiments", {"experiments": [experiment("running")]})
    fis.add_response("get_experiment", {"experiment": experiment("completed")})
    assert Fis(aws, US).of_run(None) == ()


def test_every_page_of_experiments_is_read(aws: Aws, stub: Stub) -> None:
    others = [experiment("completed", "old", f"O{n}") for n in range(3)]
    fis = stub("fis")
    fis.add_response("list_experiments", {"experiments": others, "nextToken": "more"})
    fis.add_response("list_experiments", {"experiments": [experiment("running")]})
    fis.add_response("get_experiment", {"experiment": experiment("running")})
    assert [s.experiment_id for s in Fis(aws, US).of_run("mine")] == ["E1"]
