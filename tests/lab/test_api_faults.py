"""API calls that FIS answers with errors: who gets them, how clients that try again fare, and who is spared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from control_lab import EU, US, ControlLab, control_lab, until

from harness.lab.control.answer import AwsError
from harness.lab.control.callers import Callers

pytestmark = pytest.mark.lab

APP, OTHER = "arn:aws:iam::123456789012:role/storefront-app", "arn:aws:iam::123456789012:role/drill-fis"
ROLES = {"Roles": {"resourceType": "aws:iam:role", "resourceArns": [APP]}}
STREAMS = {"KinesisStreams": {"resourceType": "aws:kinesis:stream", "resourceTags": {"drill": "storefront"}}}
STREAM = "storefront-clicks"


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US, EU], instances_per_region=1, health_check=None) as running:
        yield running


def app(lab: ControlLab, service: str, region: str = US, attempts: int = 1) -> Any:
    """A client of the app's role that makes so many attempts a call."""
    made = lab.client("sts").assume_role(RoleArn=APP, RoleSessionName="shop")["Credentials"]
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=lab.stack["endpoint_url"],
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


@contextmanager
def holding(lab: ControlLab, action: str, target: dict[str, Any], **parameters: str) -> Iterator[str]:
    """An experiment of one action, from when it is in force until it is stopped."""
    before = len(lab.truth("api_faults"))
    experiment = lab.start(lab.template(action, target, duration="PT1H", **parameters))

    def over() -> bool:
        return lab.experiment(experiment)["state"]["status"] in ("failed", "stopped")

    until(lambda: len(lab.truth("api_faults")) > before or over(), "the fault is in force")
    assert not over(), lab.experiment(experiment)["state"]
    yield experiment
    lab.client("fis").stop_experiment(id=experiment)
    until(over, "the experiment is stopped")


def refused(call: Any, **arguments: Any) -> tuple[str, int]:
    """Code and status of the error that a call gets."""
    with pytest.raises(ClientError) as failed:
        call(**arguments)
    return failed.value.response["Error"]["Code"], failed.value.response["ResponseMetadata"]["HTTPStatusCode"]


def attempts(answer: dict[str, Any]) -> int:
    return int(answer["ResponseMetadata"]["RetryAttempts"]) + 1


@pytest.mark.parametrize(("kind", "code", "status"), [
    ("internal", "InternalError", 500),
    ("throttle", "RequestLimitExceeded", 503),
    ("unavailable", "Unavailable", 503),
])  # fmt: skip
def test_calls_of_the_role_fail_for_the_operations_named_and_nobody_elses_do(
    lab: ControlLab, kind: str, code: str, status: int
) -> None:
    ec2 = app(lab, "ec2")
    operations = "DescribeInstances, DescribeVpcs"
    action = f"aws:fis:inject-api-{kind}-error"
    with holding(lab, action, ROLES, service="ec2", percentage="100", operations=operations) as experiment:
        assert lab.experiment(experiment)["state"]["status"] == "running"
        assert refused(ec2.describe_instances) == refused(ec2.describe_vpcs) == (code, status)
        assert ec2.describe_subnets()["Subnets"], "an operation that is not named"
        assert lab.client("ec2").describe_instances()["Reservations"], "a caller of no role"
        assert app(lab, "ec2", EU).describe_instances()["Reservations"], "another region"
        assert app(lab, "elbv2").describe_load_balancers()["LoadBalancers"], "another service"
        assert lab.truth("api_error")[-1]["role"] == APP
    assert ec2.describe_instances()["Reservations"]


@pytest.mark.parametrize(("kind", "code", "status"), [
    ("internal", "InternalFailure", 500),
    ("throttle", "ThrottlingException", 400),
    ("unavailable", "ServiceUnavailable", 503),
])  # fmt: skip
def test_kinesis_words_its_errors_in_its_own_way(lab: ControlLab, kind: str, code: str, status: int) -> None:
    kinesis, action = app(lab, "kinesis"), f"aws:fis:inject-api-{kind}-error"
    with holding(lab, action, ROLES, service="kinesis", percentage="100", operations="ListStreams"):
        assert refused(kinesis.list_streams) == (code, status)
        assert lab.client("kinesis").list_streams()["StreamNames"] == [STREAM]
    assert kinesis.list_streams()["StreamNames"] == [STREAM]


@pytest.mark.parametrize("kind", ["internal", "throttle", "unavailable"])
def test_a_client_that_tries_again_gets_through_with_more_attempts(lab: ControlLab, kind: str) -> None:
    patient, action = app(lab, "ec2", attempts=30), f"aws:fis:inject-api-{kind}-error"
    with holding(lab, action, ROLES, service="ec2", percentage="30", operations="DescribeInstances"):
        until(lambda: attempts(patient.describe_instances()) > 1, "a call that needed more than one attempt")
    assert attempts(patient.describe_instances()) == 1


def test_about_so_many_percent_of_the_calls_fail(lab: ControlLab) -> None:
    ec2, failures, calls = app(lab, "ec2"), 0, 300
    action = "aws:fis:inject-api-unavailable-error"
    with holding(lab, action, ROLES, service="ec2", percentage="30", operations="DescribeRegions"):
        for _ in range(calls):
            try:
                ec2.describe_regions()
            except ClientError:
                failures += 1
    # 8 standard deviations: 6 in 10**16 that chance alone is outside.
    assert 90 - 64 < failures < 90 + 64


def test_an_operation_that_there_is_not_fails_the_experiment(lab: ControlLab) -> None:
    parameters = {"service": "ec2", "percentage": "100", "operations": "DescribeInstance", "duration": "PT1M"}
    experiment = lab.start(lab.template("aws:fis:inject-api-internal-error", ROLES, **parameters))
    until(lambda: lab.experiment(experiment)["state"]["status"] == "failed", "it fails")
    assert "ec2 has no operation DescribeInstance" in lab.experiment(experiment)["state"]["reason"]


def test_a_percentage_out_of_bounds_is_no_template(lab: ControlLab) -> None:
    parameters = {"service": "ec2", "percentage": "101", "operations": "DescribeVpcs", "duration": "PT1M"}
    with pytest.raises(ClientError, match="percentage must be a whole number from 1 to 100, not '101'"):
        lab.template("aws:fis:inject-api-internal-error", ROLES, **parameters)


def test_an_instance_in_a_zone_without_capacity_is_not_started(lab: ControlLab) -> None:
    ec2 = app(lab, "ec2")
    (instance,) = ec2.describe_instances(Filters=[{"Name": "tag:drill", "Values": ["storefront"]}])["Reservations"][0][
        "Instances"
    ]
    id, zone = instance["InstanceId"], instance["Placement"]["AvailabilityZone"]
    zones = {z["ZoneName"]: z["ZoneId"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    elsewhere = next(name for name in zones if name != zone)

    def state() -> str:
        found = ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["State"]["Name"]
        return str(found)

    ec2.stop_instances(InstanceIds=[id])
    until(lambda: state() == "stopped", "it is stopped")
    action = "aws:ec2:api-insufficient-instance-capacity-error"
    with holding(lab, action, ROLES, availabilityZoneIdentifiers=zones[zone], percentage="100"):
        assert refused(ec2.start_instances, InstanceIds=[id]) == ("InsufficientInstanceCapacity", 500)
        asked = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "Placement": {"AvailabilityZone": zone}}
        assert refused(ec2.run_instances, **asked) == ("InsufficientInstanceCapacity", 500)
        asked["Placement"] = {"AvailabilityZone": elsewhere}
        assert refused(ec2.run_instances, **asked) == ("NotImplemented", 501), "the lab runs none, capacity or not"
        assert state() == "stopped"
    with holding(lab, action, ROLES, availabilityZoneIdentifiers=elsewhere, percentage="100"):
        ec2.start_instances(InstanceIds=[id])
        until(lambda: state() == "running", "it runs")


def test_a_stream_over_its_throughput_refuses_records_whoever_brings_them(lab: ControlLab) -> None:
    kinesis = app(lab, "kinesis")
    record = {"StreamName": STREAM, "Data": b"click", "PartitionKey": "1"}
    shard = kinesis.put_record(**record)["ShardId"]
    asked = {"StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    with holding(lab, "aws:kinesis:stream-provisioned-throughput-exception", STREAMS, percentage="100"):
        expected = ("ProvisionedThroughputExceededException", 400)
        assert refused(kinesis.put_record, **record) == expected
        assert (
            refused(kinesis.put_records, StreamName=STREAM, Records=[{"Data": b"x", "PartitionKey": "1"}]) == expected
        )
        assert refused(kinesis.get_records, ShardIterator=iterator) == expected
        assert refused(kinesis.get_shard_iterator, **asked) == expected
        assert app(lab, "kinesis", EU).put_record(**record)["SequenceNumber"], "the stream of another region"
        summary = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
        assert summary["StreamStatus"] == "ACTIVE"
    data = [r["Data"] for r in kinesis.get_records(ShardIterator=iterator)["Records"]]
    assert data.count(b"click") == 1, "what was refused is not in the stream"
    assert b"x" not in data


def test_a_reader_whose_iterator_expires_reads_on_with_a_new_one(lab: ControlLab) -> None:
    kinesis = app(lab, "kinesis")
    shard = kinesis.put_record(StreamName=STREAM, Data=b"seen", PartitionKey="1")["ShardId"]
    asked = {"StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    with holding(lab, "aws:kinesis:stream-expired-iterator-exception", STREAMS, percentage="100"):
        assert refused(kinesis.get_records, ShardIterator=iterator) == ("ExpiredIteratorException", 400)
        assert kinesis.put_record(StreamName=STREAM, Data=b"later", PartitionKey="1")["SequenceNumber"]
        renewed = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    data = [r["Data"] for r in kinesis.get_records(ShardIterator=renewed)["Records"]]
    assert data[-2:] == [b"seen", b"later"]


def test_what_is_wrong_with_a_call_is_said_as_ever_while_calls_like_it_fail(lab: ControlLab) -> None:
    ec2, kinesis = app(lab, "ec2"), app(lab, "kinesis")
    action = "aws:ec2:api-insufficient-instance-capacity-error"
    with holding(lab, action, ROLES, availabilityZoneIdentifiers=f"{US}a", percentage="100"):
        code, _ = refused(ec2.start_instances, InstanceIds=["i-00000000000000000"])
        assert code == "InvalidInstanceID.NotFound"
    with holding(lab, "aws:kinesis:stream-expired-iterator-exception", STREAMS, percentage="100"):
        assert refused(kinesis.get_records, ShardIterator="nonsense")[0] != "ExpiredIteratorException"


def test_a_session_that_is_over_is_refused_and_a_key_of_nobody_is_a_user() -> None:
    callers = Callers()
    session = callers.assume(APP, "shop", 900)
    assert callers.session(session.key) == session
    assert callers.session("any") is None
    with pytest.raises(AwsError, match="is expired"):
        callers.session(callers.assume(APP, "shop", -1).key)


def test_only_a_role_that_trusts_the_account_can_be_assumed(lab: ControlLab) -> None:
    assert refused(lab.client("sts").assume_role, RoleArn=OTHER, RoleSessionName="me") == ("AccessDenied", 400)
    assert refused(lab.client("sts").assume_role, RoleArn=f"{APP}s", RoleSessionName="me") == ("AccessDenied", 400)
    who = app(lab, "sts").get_caller_identity()["Arn"]
    assert who == "arn:aws:sts::123456789012:assumed-role/storefront-app/shop"
    assert lab.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/drill"


def test_the_stream_of_each_region_is_found_by_its_tag(lab: ControlLab) -> None:
    tags = [{"Key": "drill", "Values": ["storefront"]}]
    for region in (US, EU):
        answer = lab.client("resourcegroupstaggingapi", region).get_resources(TagFilters=tags)
        arns = [found["ResourceARN"] for found in answer["ResourceTagMappingList"]]
        assert f"arn:aws:kinesis:{region}:123456789012:stream/{STREAM}" in arns
    tags = lab.client("kinesis").list_tags_for_stream(StreamName=STREAM)["Tags"]
    assert tags == [{"Key": "drill", "Value": "storefront"}]
