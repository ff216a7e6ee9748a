"""The buckets of a lab, from outside: what is put in the first one is got from the others, unless it may not."""

import io
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import AP, DEADLINE_S, EU, ROLE, US, ControlLab, control_lab, until

from harness.lab.addresses import API_PORT

pytestmark = pytest.mark.lab

PAUSE = "aws:s3:bucket-pause-replication"
TARGET = {"resourceType": "aws:s3:bucket", "resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}
NAMES = {region: f"storefront-assets-{region}-123456789012" for region in (US, EU, AP)}


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(instances_per_region=1) as running:
        yield running


def put(lab: ControlLab, key: str, body: bytes = b"body", region: str = US, **more: Any) -> str:
    version: str = lab.client("s3", region).put_object(Bucket=NAMES[region], Key=key, Body=body, **more)["VersionId"]
    return version


def got(lab: ControlLab, region: str, key: str) -> bytes | None:
    try:
        answer = lab.client("s3", region).get_object(Bucket=NAMES[region], Key=key)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchKey"
        return None
    content: bytes = answer["Body"].read()
    return content


def status(lab: ControlLab, region: str, key: str) -> str | None:
    return lab.client("s3", region).head_object(Bucket=NAMES[region], Key=key).get("ReplicationStatus")


def arrives(lab: ControlLab, region: str, key: str, body: bytes = b"body") -> None:
    until(lambda: got(lab, region, key) == body, f"{key} arrives in {region}")


def begun(lab: ControlLab, parameters: dict[str, str]) -> str:
    made = lab.client("fis").create_experiment_template(
        description=PAUSE,
        roleArn=ROLE,
        stopConditions=[{"source": "none"}],
        targets={"those": TARGET},
        actions={"it": {"actionId": PAUSE, "parameters": parameters, "targets": {"Buckets": "those"}}},
    )
    return lab.start(made["experimentTemplate"]["id"])


def started(lab: ControlLab, duration: str = "PT1H", **parameters: str) -> str:
    id = begun(lab, {"duration": duration, **parameters})
    until(lambda: lab.experiment(id)["actions"]["it"]["state"]["status"] == "running", "the action runs")
    return id


def stopped(lab: ControlLab, id: str) -> None:
    lab.client("fis").stop_experiment(id=id)
    until(lambda: lab.experiment(id)["state"]["status"] == "stopped", "the experiment is stopped")


def test_the_first_regions_bucket_replicates_to_the_others(lab: ControlLab) -> None:
    s3 = lab.client("s3")
    assert {b["Name"] for b in s3.list_buckets()["Buckets"]} == set(NAMES.values())
    rules = s3.get_bucket_replication(Bucket=NAMES[US])["ReplicationConfiguration"]["Rules"]
    assert {r["Destination"]["Bucket"] for r in rules} == {f"arn:aws:s3:::{NAMES[r]}" for r in (EU, AP)}
    assert {(r["Status"], r["DeleteMarkerReplication"]["Status"]) for r in rules} == {("Enabled", "Enabled")}
    for region, name in NAMES.items():
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        assert s3.head_bucket(Bucket=name)["BucketRegion"] == region
        assert {"Key": "drill", "Value": "storefront"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]
    with pytest.raises(ClientError, match="replication configuration was not found"):
        s3.get_bucket_replication(Bucket=NAMES[EU])


def test_an_object_is_copied_with_its_version_and_metadata(lab: ControlLab) -> None:
    version = put(lab, "a/copied.txt", b"text", ContentType="text/plain", Metadata={"author": "ada"})
    for region in (EU, AP):
        arrives(lab, region, "a/copied.txt", b"text")
        found = lab.client("s3", region).get_object(Bucket=NAMES[region], Key="a/copied.txt")
        assert (found["VersionId"], found["ContentType"], found["Metadata"]) == (
            version,
            "text/plain",
            {"author": "ada"},
        )
        assert (found["ETag"], found["ReplicationStatus"]) == ('"1cb251ec0d568de6a929b520c4aed8d1"', "REPLICA")
    until(lambda: status(lab, US, "a/copied.txt") == "COMPLETED", "replication is complete")
    copies = [t for t in lab.truth("object_replicated") if t["key"] == "a/copied.txt"]
    assert sorted(t["destination"] for t in copies) == sorted([NAMES[EU], NAMES[AP]])
    assert all(t["after_ms"] >= (38 if t["destination"] == NAMES[EU] else 110) for t in copies)


def test_a_client_that_waits_for_permission_to_send_gets_it_once(lab: ControlLab) -> None:
    head = (
        "PUT /x HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request\r\n\r\n"
    )
    with socket.create_connection((lab.addresses.api, API_PORT), timeout=DEADLINE_S) as asking:
        asking.sendall(head.encode())
        assert asking.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asking.sendall(b"hi")
        assert asking.recv(4096).startswith(b"HTTP/1.1 501 ")


def test_a_large_object_comes_back_whole(lab: ControlLab) -> None:
    s3, body = lab.client("s3"), bytes(range(256)) * 40_000  # boto3 makes parts of it
    s3.upload_fileobj(io.BytesIO(body), NAMES[US], "large", ExtraArgs={"ContentType": "text/plain"})
    sent = s3.head_object(Bucket=NAMES[US], Key="large")
    assert (sent["ContentLength"], sent["ContentType"]) == (len(body), "text/plain")
    assert sent["ETag"].endswith('-2"')
    arrives(lab, AP, "large", body)
    copied = lab.client("s3", AP).head_object(Bucket=NAMES[AP], Key="large")
    assert (copied["ETag"], copied["ContentType"]) == (sent["ETag"], "text/plain")


def test_a_delete_is_replicated_as_a_marker_and_the_versions_stay(lab: ControlLab) -> None:
    version = put(lab, "deleted")
    arrives(lab, EU, "deleted")
    marker = lab.client("s3").delete_object(Bucket=NAMES[US], Key="deleted")
    assert marker["DeleteMarker"] is True
    until(lambda: got(lab, EU, "deleted") is None, "it is deleted in Europe")
    listed = lab.client("s3", EU).list_object_versions(Bucket=NAMES[EU], Prefix="deleted")
    assert [v["VersionId"] for v in listed["DeleteMarkers"]] == [marker["VersionId"]]
    assert [v["VersionId"] for v in listed["Versions"]] == [version]


def test_the_deletion_of_a_version_and_a_put_elsewhere_stay_where_they_are(lab: ControlLab) -> None:
    version = put(lab, "version")
    arrives(lab, EU, "version")
    lab.client("s3").delete_object(Bucket=NAMES[US], Key="version", VersionId=version)
    put(lab, "of Europe", region=EU)
    put(lab, "of America")
    for region in (EU, AP):
        arrives(lab, region, "of America")
    assert got(lab, EU, "version") == b"body"
    assert got(lab, US, "of Europe") is None
    assert status(lab, EU, "of Europe") is None


def test_a_pause_holds_back_one_region_until_it_is_stopped(lab: ControlLab) -> None:
    id = started(lab, region=EU)
    put(lab, "paused")
    arrives(lab, AP, "paused")
    assert got(lab, EU, "paused") is None
    assert status(lab, US, "paused") == "PENDING"
    stopped(lab, id)
    arrives(lab, EU, "paused")
    until(lambda: status(lab, US, "paused") == "COMPLETED", "replication is complete")


def test_a_pause_of_prefixes_and_destinations_holds_back_nothing_else(lab: ControlLab) -> None:
    id = started(lab, region=AP, destinationBuckets=NAMES[AP], prefixes="images/,films/")
    for key in ("images/1", "films/1", "texts/1"):
        put(lab, key)
    for region in (EU, AP):
        arrives(lab, region, "texts/1")
    arrives(lab, EU, "images/1")
    arrives(lab, EU, "films/1")
    assert got(lab, AP, "images/1") is None
    assert got(lab, AP, "films/1") is None
    stopped(lab, id)
    arrives(lab, AP, "images/1")
    arrives(lab, AP, "films/1")


def test_a_pause_ends_by_itself(lab: ControlLab) -> None:
    started(lab, duration="PT1M", region=EU)
    put(lab, "waits")
    arrives(lab, AP, "waits")
    assert got(lab, EU, "waits") is None
    arrives(lab, EU, "waits")
    resumed = lab.truth("bucket_replication_resumed")[-1]["at_ns"]
    copied = {t["destination"]: t["at_ns"] for t in lab.truth("object_replicated") if t["key"] == "waits"}
    assert copied[NAMES[AP]] < resumed < copied[NAMES[EU]]


@pytest.mark.parametrize(
    "parameters", [{"region": "eu-west-2"}, {"region": US}, {"region": EU, "destinationBuckets": "somebody-elses"}]
)
def test_a_pause_of_what_is_not_replicated_fails(lab: ControlLab, parameters: dict[str, str]) -> None:
    id = begun(lab, {"duration": "PT1H", **parameters})
    until(lambda: lab.experiment(id)["state"]["status"] == "failed", "the experiment fails")
    assert "replicates to" in lab.experiment(id)["state"]["reason"]


def test_a_region_that_is_cut_off_gets_its_copies_afterwards(lab: ControlLab) -> None:
    subnets = {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}}
    template = lab.template("aws:network:disrupt-connectivity", {"Subnets": subnets}, EU, scope="all", duration="PT1H")
    id = lab.start(template, EU)
    until(lambda: lab.truth("cut"), "the region is cut off")
    put(lab, "cut off")
    arrives(lab, AP, "cut off")
    assert got(lab, EU, "cut off") is None
    lab.client("fis", EU).stop_experiment(id=id)
    arrives(lab, EU, "cut off")


def test_what_the_lab_does_not_do_with_buckets_it_refuses(lab: ControlLab) -> None:
    s3 = lab.client("s3")
    for refused in (
        lambda: s3.create_bucket(Bucket="another-bucket"),
        lambda: s3.put_bucket_replication(
            Bucket=NAMES[US], ReplicationConfiguration={"Role": "arn:aws:iam::123456789012:role/x", "Rules": []}
        ),
        lambda: s3.put_object(Bucket=NAMES[US], Key="cold", StorageClass="GLACIER"),
        lambda: s3.put_object(Bucket=NAMES[US], Key="secret", ServerSideEncryption="aws:kms"),
        lambda: s3.copy_object(Bucket=NAMES[US], Key="copy", CopySource=f"{NAMES[US]}/small"),
        lambda: s3.delete_objects(Bucket=NAMES[US], Delete={"Objects": [{"Key": "small"}]}),
    ):
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "NotImplemented"


def test_the_bucket_of_a_region_is_found_by_its_tag(lab: ControlLab) -> None:
    filters = [{"Key": "drill", "Values": ["storefront"]}]
    tagging = lab.client("resourcegroupstaggingapi", AP)
    found = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["s3"])["ResourceTagMappingList"]
    assert [r["ResourceARN"] for r in found] == [f"arn:aws:s3:::{NAMES[AP]}"]
