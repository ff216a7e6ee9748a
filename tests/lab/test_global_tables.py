"""The global table of a lab, from outside: what is written in one region is read in the others, unless it may not."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import AP, EU, US, ControlLab, control_lab, until

pytestmark = pytest.mark.lab

TABLE = "users-global"
PAUSE = "aws:dynamodb:global-table-pause-replication"
TARGET = {"Tables": {"resourceType": "aws:dynamodb:global-table", "resourceTags": {"drill": "storefront"}}}
SUBNETS = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}}}


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(instances_per_region=1) as running:
        yield running


def write(lab: ControlLab, region: str, id: str, **attributes: str) -> None:
    item = {"id": {"S": id}, **{name: {"S": value} for name, value in attributes.items()}}
    lab.client("dynamodb", region).put_item(TableName=TABLE, Item=item)


def read(lab: ControlLab, region: str, id: str) -> dict[str, Any] | None:
    item = lab.client("dynamodb", region).get_item(TableName=TABLE, Key={"id": {"S": id}}).get("Item")
    return {name: value["S"] for name, value in item.items()} if item else None


def arrives(lab: ControlLab, region: str, id: str, **attributes: str) -> None:
    until(lambda: read(lab, region, id) == {"id": id, **attributes}, f"{id} is {attributes} in {region}")


def started(lab: ControlLab, region: str, action: str = PAUSE, target: Any = TARGET, **parameters: str) -> str:
    id = lab.start(lab.template(action, target, region, duration="PT1H", **parameters), region)
    until(lambda: lab.experiment(id, region)["actions"]["it"]["state"]["status"] == "running", "the action runs")
    return id


def stopped(lab: ControlLab, id: str, region: str) -> None:
    lab.client("fis", region).stop_experiment(id=id)
    until(lambda: lab.experiment(id, region)["state"]["status"] == "stopped", "the experiment is stopped")


@pytest.mark.parametrize("region", [US, EU, AP])
def test_the_table_has_a_replica_in_each_other_region(lab: ControlLab, region: str) -> None:
    dynamo = lab.client("dynamodb", region)
    assert dynamo.list_tables()["TableNames"] == [TABLE]
    table = dynamo.describe_table(TableName=TABLE)["Table"]
    assert table["TableArn"] == f"arn:aws:dynamodb:{region}:123456789012:table/{TABLE}"
    assert {r["RegionName"]: r["ReplicaStatus"] for r in table["Replicas"]} == dict.fromkeys(
        {US, EU, AP} - {region}, "ACTIVE"
    )


def test_a_write_in_any_region_arrives_in_the_others_no_sooner_than_the_link_allows(lab: ControlLab) -> None:
    for region in (US, EU, AP):
        began = time.monotonic()
        write(lab, region, f"from {region}", name="Ada")
        for other in (US, EU, AP):
            arrives(lab, other, f"from {region}", name="Ada")
        assert time.monotonic() - began > 0.079, "80 ms is the least that two of these regions are apart from any"
        carried = [t for t in lab.truth("item_replicated") if t["key"] == f"from {region}"]
        assert {t["destination"] for t in carried} == {US, EU, AP} - {region}
        assert all(t["after_ms"] >= 38 for t in carried)


def test_every_kind_of_write_is_replicated(lab: ControlLab) -> None:
    us, key = lab.client("dynamodb", US), {"id": {"S": "kinds"}}
    write(lab, US, "kinds", name="Ada")
    arrives(lab, EU, "kinds", name="Ada")
    us.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET #n = :n",
        ExpressionAttributeNames={"#n": "name"},
        ExpressionAttributeValues={":n": {"S": "Grace"}},
    )
    arrives(lab, EU, "kinds", name="Grace")
    us.delete_item(TableName=TABLE, Key=key)
    until(lambda: read(lab, EU, "kinds") is None, "it is deleted in Europe")
    puts = [{"PutRequest": {"Item": {"id": {"S": f"batch {n}"}}}} for n in range(3)]
    us.batch_write_item(RequestItems={TABLE: puts})
    for n in range(3):
        arrives(lab, EU, f"batch {n}")
    removal = {"Delete": {"TableName": TABLE, "Key": {"id": {"S": "batch 0"}}}}
    put = {"Put": {"TableName": TABLE, "Item": {"id": {"S": "transacted"}}}}
    us.transact_write_items(TransactItems=[removal, put])
    arrives(lab, EU, "transacted")
    until(lambda: read(lab, EU, "batch 0") is None, "the transaction's delete arrives")


def test_a_write_whose_condition_fails_replicates_nothing(lab: ControlLab) -> None:
    write(lab, US, "conditional", name="first")
    arrives(lab, EU, "conditional", name="first")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        lab.client("dynamodb", US).put_item(
            TableName=TABLE,
            Item={"id": {"S": "conditional"}, "name": {"S": "second"}},
            ConditionExpression="attribute_not_exists(id)",
        )
    write(lab, US, "after it")
    for region in (EU, AP):
        arrives(lab, region, "after it")
    assert read(lab, EU, "conditional") == {"id": "conditional", "name": "first"}
    assert len([t for t in lab.truth("item_replicated") if t["key"] == "conditional"]) == 2


def test_a_cancelled_transaction_replicates_nothing_and_harms_nothing(lab: ControlLab) -> None:
    write(lab, EU, "in the way")
    put = {"Put": {"TableName": TABLE, "Item": {"id": {"S": "cancelled"}}}}
    check = {"ConditionCheck": {"TableName": TABLE, "Key": {"id": {"S": "in the way"}},
                                "ConditionExpression": "attribute_not_exists(id)"}}  # fmt: skip
    with pytest.raises(ClientError, match="TransactionCanceled"):
        lab.client("dynamodb", EU).transact_write_items(TransactItems=[put, check])
    assert read(lab, EU, "cancelled") is None
    write(lab, EU, "sent after it")
    arrives(lab, US, "sent after it")
    assert read(lab, US, "cancelled") is None
    write(lab, US, "received after it")
    arrives(lab, EU, "received after it")


def test_of_two_writes_to_one_item_the_later_wins_everywhere(lab: ControlLab) -> None:
    write(lab, AP, "contested", name="sooner")
    write(lab, US, "contested", name="later")
    for region in (US, EU, AP):
        until(lambda: len([t for t in lab.truth("item_replicated") if t["key"] == "contested"]) == 4, "all arrive")
        assert read(lab, region, "contested") == {"id": "contested", "name": "later"}


def test_the_replication_latency_is_a_metric_of_the_sending_region(lab: ControlLab) -> None:
    write(lab, US, "measured")
    arrives(lab, AP, "measured")
    at = datetime.now(UTC)
    points = lab.client("cloudwatch", US).get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="ReplicationLatency",
        Dimensions=[{"Name": "TableName", "Value": TABLE}, {"Name": "ReceivingRegion", "Value": AP}],
        StartTime=at - timedelta(minutes=5),
        EndTime=at + timedelta(minutes=5),
        Period=60,
        Statistics=["Minimum", "Maximum"],
    )["Datapoints"]
    assert points
    assert all(110 <= p["Minimum"] <= p["Maximum"] for p in points)


def test_a_pause_holds_one_region_back_and_lets_the_others_replicate(lab: ControlLab) -> None:
    id = started(lab, EU)
    for region in (US, EU):
        write(lab, region, f"paused {region}")
    write(lab, US, "overwritten", name="old")
    write(lab, US, "overwritten", name="new")
    arrives(lab, AP, f"paused {US}")
    arrives(lab, AP, "overwritten", name="new")
    # What Asia has heard of over the longer way, Europe would have too.
    assert read(lab, EU, f"paused {US}") is None
    assert read(lab, EU, "overwritten") is None
    assert read(lab, US, f"paused {EU}") is None
    assert read(lab, AP, f"paused {EU}") is None
    stopped(lab, id, EU)
    arrives(lab, EU, f"paused {US}")
    arrives(lab, EU, "overwritten", name="new")
    arrives(lab, US, f"paused {EU}")
    arrives(lab, AP, f"paused {EU}")


def test_a_pause_ends_by_itself_and_what_waited_catches_up(lab: ControlLab) -> None:
    id = lab.start(lab.template(PAUSE, TARGET, AP, duration="PT30S"), AP)
    until(lambda: lab.experiment(id, AP)["actions"]["it"]["state"]["status"] == "running", "the action runs")
    write(lab, US, "waits")
    arrives(lab, EU, "waits")
    arrives(lab, AP, "waits")
    until(lambda: lab.experiment(id, AP)["state"]["status"] == "completed", "the experiment is completed")
    resumed = lab.truth("table_replication_resumed")[-1]["at_ns"]
    [carried] = [t for t in lab.truth("item_replicated") if t["key"] == "waits" and t["destination"] == AP]
    assert carried["at_ns"] > resumed


def test_what_waited_is_carried_in_the_order_in_which_it_was_written(lab: ControlLab) -> None:
    id = started(lab, EU)
    keys = [f"in order {n}" for n in range(20)]
    for key in keys:
        write(lab, US, key)
    arrives(lab, AP, keys[-1])
    stopped(lab, id, EU)
    arrives(lab, EU, keys[-1])
    carried = [t["key"] for t in lab.truth("item_replicated") if t["key"] in keys and t["destination"] == EU]
    assert carried == keys


def test_a_region_that_is_cut_off_replicates_afterwards(lab: ControlLab) -> None:
    id = started(lab, US, "aws:network:disrupt-connectivity", SUBNETS, scope="all")
    until(lambda: lab.truth("cut"), "the region is cut off")
    write(lab, US, "cut off")
    write(lab, EU, "elsewhere")
    arrives(lab, AP, "elsewhere")
    assert read(lab, AP, "cut off") is None
    assert read(lab, US, "elsewhere") is None
    stopped(lab, id, US)
    arrives(lab, AP, "cut off")
    arrives(lab, US, "elsewhere")


def test_what_the_lab_does_not_do_with_tables_it_refuses(lab: ControlLab) -> None:
    dynamo = lab.client("dynamodb")
    for refused in (
        lambda: dynamo.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-2"}}]),
        lambda: dynamo.update_time_to_live(
            TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "at"}
        ),
        lambda: dynamo.describe_global_table(GlobalTableName=TABLE),
        lambda: dynamo.scan(TableName=TABLE, ReturnConsumedCapacity="TOTAL"),
    ):
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "NotImplemented"


def test_the_table_is_found_by_its_tag(lab: ControlLab) -> None:
    filters = [{"Key": "drill", "Values": ["storefront"]}]
    tagging = lab.client("resourcegroupstaggingapi", EU)
    found = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["dynamodb"])["ResourceTagMappingList"]
    assert [r["ResourceARN"] for r in found] == [f"arn:aws:dynamodb:{EU}:123456789012:table/{TABLE}"]
