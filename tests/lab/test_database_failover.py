"""A database with a server in a second zone: failover by RDS, by FIS, and when its zone is lost. No order is lost."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import AP, EU, US, ControlLab, control_lab, until
from orders import Clients

from harness.lab.names import cluster_name, cluster_of, endpoint_name, reader_name

pytestmark = pytest.mark.lab

DATABASE = f"storefront-{US}"
ZONE_A, ZONE_B = f"{US}a", f"{US}b"
THE_DATABASE = {"DBInstances": {"resourceType": "aws:rds:db", "resourceTags": {"drill": "storefront"}}}
THE_CLUSTER = {"Clusters": {"resourceType": "aws:rds:cluster", "resourceTags": {"drill": "storefront"}}}


@pytest.fixture(scope="module")
def multi_az() -> Iterator[ControlLab]:
    with control_lab(multi_az=True, instances_per_region=2) as running:
        yield running


@pytest.fixture(scope="module")
def cluster() -> Iterator[ControlLab]:
    with control_lab(database="cluster", regions=[US, EU], instances_per_region=2) as running:
        yield running


def in_sync(lab: ControlLab, since: int) -> Any:
    """Whether the standby came back after the failovers that were made up to now."""
    return until(lambda: len(lab.truth("standby_in_sync")) > since, "the old writer is the standby")


def streams(lab: ControlLab, region: str) -> bool:
    found = lab.database(region)
    return bool(found and found["StatusInfos"][0]["Normal"])


def events(lab: ControlLab, source: str) -> list[str]:
    return [e["Message"] for e in lab.client("rds").describe_events()["Events"] if e["SourceIdentifier"] == source]


def multi_az_zones(lab: ControlLab) -> tuple[str, str]:
    found = lab.database(US)
    assert found is not None
    assert found["MultiAZ"] is True
    return found["AvailabilityZone"], found["SecondaryAvailabilityZone"]


def cut_off(lab: ControlLab, zone: str) -> str:
    """Begin to cut a zone off; returns the experiment."""
    asked = [{"Name": "availability-zone", "Values": [zone]}, {"Name": "tag:drill", "Values": ["storefront"]}]
    found = lab.client("ec2").describe_subnets(Filters=asked)["Subnets"]
    target = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": [s["SubnetArn"] for s in found]}}
    return lab.start(lab.template("aws:network:disrupt-connectivity", target, scope="all", duration="PT1H"))


def test_a_forced_failover_moves_the_endpoint_to_the_other_zone_and_loses_no_acknowledged_order(
    multi_az: ControlLab,
) -> None:
    lab = multi_az
    name, before = endpoint_name(DATABASE, US), len(lab.truth("standby_in_sync"))
    here, there = multi_az_zones(lab)
    assert lab.resolve(name)[0] == lab.addresses.database_in(here)
    clients = Clients(lab, US, "forced").start()
    try:
        until(lambda: clients.since(0) > 200, "orders are placed")
        lab.client("rds").reboot_db_instance(DBInstanceIdentifier=DATABASE, ForceFailover=True)
        until(lambda: lab.resolve(name)[0] == lab.addresses.database_in(there), "the endpoint moves")
        moved = time.monotonic()
        until(lambda: clients.since(moved) > 200, "orders are placed again")
        in_sync(lab, before)
        until(lambda: clients.since(time.monotonic() - 0.5) > 20, "orders are placed in sync")
    finally:
        clients.stop()
    assert clients.lost() == set()
    assert multi_az_zones(lab) == (there, here)
    assert lab.database(US)["DBInstanceStatus"] == "available"  # type: ignore[index]
    told = events(lab, DATABASE)
    assert told[-2:] == ["Multi-AZ instance failover started.", "Multi-AZ instance failover completed."]
    assert len(lab.client("rds").describe_db_instances()["DBInstances"]) == 1, "the standby is no database of its own"


def test_the_chain_of_replicas_follows_the_new_primary_after_fis_forced_two_failovers(multi_az: ControlLab) -> None:
    lab = multi_az
    for _ in range(2):
        before, zones = len(lab.truth("standby_in_sync")), multi_az_zones(lab)
        experiment = lab.start(lab.template("aws:rds:reboot-db-instances", THE_DATABASE, forceFailover="true"))
        until(lambda id=experiment: lab.experiment(id)["state"]["status"] == "completed", "the experiment is over")
        assert multi_az_zones(lab) == zones[::-1]
        in_sync(lab, before)
    for region in (EU, AP):
        until(lambda region=region: streams(lab, region), "the replica streams")
    assert lab.database(EU)["ReadReplicaSourceDBInstanceIdentifier"] == lab.database(US)["DBInstanceArn"]  # type: ignore[index]
    clients = Clients(lab, US, "chain").start(1)
    until(lambda: clients.since(0) > 5, "orders are placed")
    clients.stop()


def test_a_failover_is_refused_where_there_is_no_standby(multi_az: ControlLab) -> None:
    with pytest.raises(ClientError, match="not configured for Multi-AZ"):
        multi_az.client("rds", EU).reboot_db_instance(DBInstanceIdentifier=f"storefront-{EU}", ForceFailover=True)
    experiment = multi_az.start(
        multi_az.template("aws:rds:reboot-db-instances", THE_DATABASE, EU, forceFailover="true"), EU
    )
    state = until(
        lambda: (s := multi_az.experiment(experiment, EU)["state"])["status"] == "failed" and s, "the experiment fails"
    )
    assert "not configured for Multi-AZ" in state["reason"]


def test_the_database_fails_over_by_itself_when_its_zone_is_lost(multi_az: ControlLab) -> None:
    lab = multi_az
    here, there = multi_az_zones(lab)
    name, before = endpoint_name(DATABASE, US), len(lab.truth("standby_in_sync"))
    clients = Clients(lab, US, "zone").start()
    try:
        until(lambda: clients.since(0) > 50, "orders are placed")
        experiment = cut_off(lab, here)
        until(lambda: lab.resolve(name)[0] == lab.addresses.database_in(there), "the endpoint moves")
        moved = time.monotonic()
        until(lambda: clients.since(moved) > 50, "orders are placed again")
        lab.client("fis").stop_experiment(id=experiment)
        in_sync(lab, before)
    finally:
        clients.stop()
    assert clients.lost() == set()
    assert multi_az_zones(lab) == (there, here)


def test_the_writer_goes_on_alone_when_the_standbys_zone_is_lost_until_it_is_back(multi_az: ControlLab) -> None:
    lab = multi_az
    here, there = multi_az_zones(lab)
    lost, before = len(lab.truth("standby_lost")), len(lab.truth("standby_in_sync"))
    clients = Clients(lab, US, "alone").start()
    try:
        until(lambda: clients.since(0) > 50, "orders are placed")
        experiment = cut_off(lab, there)
        until(lambda: len(lab.truth("standby_lost")) > lost, "the standby is given up")
        alone = time.monotonic()
        until(lambda: clients.since(alone) > 50, "orders are placed without the standby")
        lab.client("fis").stop_experiment(id=experiment)
        in_sync(lab, before)
    finally:
        clients.stop()
    assert clients.lost() == set()
    assert multi_az_zones(lab) == (here, there)


def writer_and_reader(lab: ControlLab) -> tuple[str, str]:
    found = lab.client("rds").describe_db_clusters()["DBClusters"][0]["DBClusterMembers"]
    by_role = {m["IsClusterWriter"]: m["DBInstanceIdentifier"] for m in found}
    return by_role[True], by_role[False]


def zone_of(lab: ControlLab, instance: str) -> str:
    found = lab.client("rds").describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"][0]
    assert found["DBClusterIdentifier"] == cluster_of(US)
    return str(found["AvailabilityZone"])


@pytest.mark.parametrize("by", ["rds", "fis"])
def test_a_cluster_fails_over_to_its_reader_and_loses_no_acknowledged_order(cluster: ControlLab, by: str) -> None:
    lab = cluster
    writes, reads = cluster_name(cluster_of(US), US), reader_name(cluster_of(US), US)
    before, (writer, reader) = len(lab.truth("standby_in_sync")), writer_and_reader(lab)
    here, there = (lab.addresses.database_in(zone_of(lab, name)) for name in (writer, reader))
    until(lambda: (lab.resolve(writes)[0], lab.resolve(reads)[0]) == (here, there), "each has its endpoint")
    clients = Clients(lab, US, f"cluster-{by}").start()
    try:
        until(lambda: clients.since(0) > 100, "orders are placed")
        if by == "rds":
            lab.client("rds").failover_db_cluster(DBClusterIdentifier=cluster_of(US))
        else:
            lab.start(lab.template("aws:rds:failover-db-cluster", THE_CLUSTER))
        until(lambda: lab.resolve(writes)[0] == there, "the cluster endpoint moves")
        moved = time.monotonic()
        until(lambda: clients.since(moved) > 100, "orders are placed again")
        in_sync(lab, before)
    finally:
        clients.stop()
    assert clients.lost() == set()
    assert writer_and_reader(lab) == (reader, writer)
    assert lab.resolve(reads)[0] == here, "the old writer is the reader"
    assert events(lab, cluster_of(US))[-2:] == [
        f"Started cross AZ failover to DB instance: {reader}",
        f"Completed failover to DB instance: {reader}",
    ]
    until(lambda: streams(lab, EU), "the replica of the other region follows the new writer")


def test_fis_targets_a_cluster_by_the_zone_of_its_writer(cluster: ControlLab) -> None:
    writer, _ = writer_and_reader(cluster)
    zone = zone_of(cluster, writer)
    other = ZONE_B if zone == ZONE_A else ZONE_A
    there = {"Clusters": {**THE_CLUSTER["Clusters"], "parameters": {"writerAvailabilityZoneIdentifiers": other}}}
    experiment = cluster.start(cluster.template("aws:rds:failover-db-cluster", there))
    state = until(
        lambda: (s := cluster.experiment(experiment)["state"])["status"] == "failed" and s, "the experiment fails"
    )
    assert "empty set" in state["reason"]
    assert writer_and_reader(cluster)[0] == writer


def test_a_region_that_lost_its_multi_az_primary_takes_it_back_as_a_single_replica() -> None:
    with control_lab(multi_az=True, regions=[US, EU], instances_per_region=1) as lab:
        lab.client("rds", EU).promote_read_replica(DBInstanceIdentifier=f"storefront-{EU}")
        until(lambda: "ReadReplicaSourceDBInstanceIdentifier" not in (lab.database(EU) or {}), "promoted")
        promoted = until(lambda: (d := lab.database(EU)) and d["DBInstanceStatus"] == "available" and d, "available")
        lab.client("rds").delete_db_instance(DBInstanceIdentifier=DATABASE, SkipFinalSnapshot=True)
        until(lambda: lab.database(US) is None, "deleted")
        assert lab.resolve(endpoint_name(DATABASE, US))[0] is None
        lab.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier=DATABASE, SourceDBInstanceIdentifier=promoted["DBInstanceArn"]
        )
        until(lambda: lab.database(US) and streams(lab, US), "the replica streams")
        assert lab.database(US)["MultiAZ"] is False  # type: ignore[index]
        assert lab.resolve(endpoint_name(DATABASE, US))[0] == lab.addresses.database(US)
