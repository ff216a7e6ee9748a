"""A region is lost, another takes over, the first comes back: all by AWS calls on a real lab, and all of it real."""

from collections.abc import Iterator
from typing import Any

import pytest
from control_lab import AP, EU, US, ControlLab, control_lab, until

pytestmark = pytest.mark.lab

ENTRY, WRITER = "api.storefront.test", "db.storefront.test"
SUBNETS = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}}}


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab() as running:
        yield running


def test_every_population_is_sent_to_its_region_while_all_is_well(lab: ControlLab) -> None:
    homes = {"NA": US, "EU": EU, "AP": AP}
    answers = {population: lab.resolve(ENTRY, population)[0] for population in homes}
    assert answers == {population: lab.addresses.load_balancer(region) for population, region in homes.items()}
    assert lab.resolve(ENTRY, "NA")[1] == 2


def test_no_alarm_rings_while_all_is_well(lab: ControlLab) -> None:
    for region in (US, EU, AP):
        for alarm in lab.client("cloudwatch", region).describe_alarms()["MetricAlarms"]:
            assert (alarm["AlarmName"], alarm["StateValue"]) == (alarm["AlarmName"], "OK")


def test_a_region_is_lost_taken_over_and_brought_back(lab: ControlLab) -> None:
    detection = lab.stack["regions"][US]["detection_alarm"]

    # Lost: clients are sent elsewhere, the alarm rings, the replica stops streaming.
    template = lab.template("aws:network:disrupt-connectivity", SUBNETS, scope="all", duration="PT1H")
    experiment = lab.start(template)
    until(lambda: lab.experiment(experiment)["state"]["status"] == "running", "the experiment runs")
    until(lambda: lab.resolve(ENTRY, "NA")[0] == lab.addresses.load_balancer(EU), "NA is sent to Europe")
    until(lambda: lab.alarm(detection) == "ALARM", "the alarm rings")
    cut, rang = lab.truth("cut")[-1], [a for a in lab.truth("alarm") if a["name"] == detection][-1]
    assert cut["places"] == [US]
    assert (rang["region"], rang["previous"], rang["state"]) == (US, "OK", "ALARM")
    assert rang["at_ns"] > cut["at_ns"]
    status = lab.client("route53").get_health_check_status(HealthCheckId=lab.stack["regions"][US]["health_check"])
    assert all(o["StatusReport"]["Status"].startswith("Failure") for o in status["HealthCheckObservations"])
    until(lambda: lab.database(EU)["StatusInfos"][0]["Normal"] is False, "the replica has lost its source")  # type: ignore[index]

    # Taken over: promotion, the writer's name, capacity.
    lab.client("rds", EU).promote_read_replica(DBInstanceIdentifier="storefront-eu-west-1")
    promoted = until(lambda: (d := lab.database(EU)) and d["DBInstanceStatus"] == "available" and d, "promoted")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert lab.truth("promoted")
    name = promoted["Endpoint"]["Address"]
    change = {"Name": WRITER, "Type": "CNAME", "TTL": 2, "ResourceRecords": [{"Value": name}]}
    lab.client("route53").change_resource_record_sets(
        HostedZoneId=lab.stack["entry"]["zone_id"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]},
    )
    assert lab.resolve(WRITER)[0] == lab.addresses.database(EU)
    lab.client("autoscaling", EU).set_desired_capacity(
        AutoScalingGroupName=lab.stack["regions"][EU]["auto_scaling_group"], DesiredCapacity=4
    )
    until(lambda: [m["LifecycleState"] for m in lab.group(EU)["Instances"]] == ["InService"] * 4, "four are in service")
    zones = [m["AvailabilityZone"] for m in lab.group(EU)["Instances"]]
    assert sorted(zones) == [f"{EU}a", f"{EU}a", f"{EU}b", f"{EU}c"]

    # Brought back: stopped means mended, and the alarm and the answers follow.
    lab.client("fis").stop_experiment(id=experiment)
    until(lambda: lab.experiment(experiment)["state"]["status"] == "stopped", "the experiment is stopped")
    assert lab.truth("mended")
    assert lab.experiment(experiment)["actions"]["it"]["state"]["status"] == "stopped"
    until(lambda: lab.resolve(ENTRY, "NA")[0] == lab.addresses.load_balancer(US), "NA is sent home")
    until(lambda: lab.alarm(detection) == "OK", "the alarm is quiet")
    states = [item["HistorySummary"] for item in _history(lab, detection)]
    assert "Alarm updated from OK to ALARM" in states
    assert states[-1] == "Alarm updated from ALARM to OK"

    # The old primary becomes a replica of the new one.
    lab.client("rds").delete_db_instance(DBInstanceIdentifier="storefront-us-east-1", SkipFinalSnapshot=True)
    until(lambda: lab.database(US) is None, "the old primary is deleted")
    lab.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="storefront-us-east-1", SourceDBInstanceIdentifier=promoted["DBInstanceArn"]
    )
    replica = until(lambda: (d := lab.database(US)) and _replicates(d) and d, "the replica")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == promoted["DBInstanceArn"]
    assert replica["StatusInfos"][0]["Status"] == "replicating"
    assert replica["DBInstanceArn"] in lab.database(EU)["ReadReplicaDBInstanceIdentifiers"]  # type: ignore[index]
    lag = until(lambda: _lag(lab), "its lag is measured")
    assert lag[-1]["Maximum"] < 60

    # Fewer are needed again: two leave, after draining.
    lab.client("autoscaling", EU).set_desired_capacity(
        AutoScalingGroupName=lab.stack["regions"][EU]["auto_scaling_group"], DesiredCapacity=2
    )
    until(lambda: _states(lab, EU).count("draining") == 2, "two drain")
    until(lambda: len(lab.group(EU)["Instances"]) == 2, "two are left")
    until(lambda: _states(lab, EU) == ["healthy", "healthy"], "both serve, and nobody drains")
    until(lambda: lab.alarm(detection) == "OK", "the alarm is quiet again")
    until(lambda: lab.resolve(ENTRY, "NA")[0] == lab.addresses.load_balancer(US), "NA is at home again")


def _replicates(database: dict[str, Any]) -> bool:
    return database["DBInstanceStatus"] == "available" and bool(database["StatusInfos"][0]["Normal"])


def _history(lab: ControlLab, alarm: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = lab.client("cloudwatch").describe_alarm_history(
        AlarmName=alarm, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    return found


def _lag(lab: ControlLab) -> list[dict[str, float]]:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    found: list[dict[str, float]] = lab.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "storefront-us-east-1"}],
        StartTime=now - timedelta(seconds=30),
        EndTime=now + timedelta(seconds=1),
        Period=10,
        Statistics=["Maximum"],
    )["Datapoints"]
    return sorted(found, key=lambda point: point["Timestamp"])


def _states(lab: ControlLab, region: str) -> list[str]:
    described = lab.client("elbv2", region).describe_target_health(
        TargetGroupArn=lab.stack["regions"][region]["target_group"]
    )
    return [d["TargetHealth"]["State"] for d in described["TargetHealthDescriptions"]]


def _invert(lab: ControlLab, region: str, inverted: bool) -> None:
    check = lab.stack["regions"][region]["health_check"]
    lab.client("route53").update_health_check(HealthCheckId=check, Inverted=inverted)


@pytest.mark.parametrize(("routing", "usual", "then"), [
    ("latency", {"NA": US, "EU": EU}, {"NA": EU, "EU": EU}),
    ("failover", {"NA": US, "EU": US}, {"NA": EU, "EU": EU}),
    ("geolocation", {"NA": US, "EU": EU}, {"NA": EU, "EU": EU}),
    ("weighted", {}, {"NA": EU, "EU": EU}),
])  # fmt: skip
def test_every_routing_policy_leaves_a_region_whose_health_check_is_turned_round(
    routing: str, usual: dict[str, str], then: dict[str, str]
) -> None:
    with control_lab(routing=routing, regions=[US, EU], instances_per_region=1) as lab:
        for population, region in usual.items():
            assert lab.resolve(ENTRY, population)[0] == lab.addresses.load_balancer(region)
        _invert(lab, US, True)
        for population, region in then.items():
            assert lab.resolve(ENTRY, population)[0] == lab.addresses.load_balancer(region)


def test_a_lab_without_health_checks_sends_clients_to_a_dead_region() -> None:
    with control_lab(health_check=None, regions=[US, EU], instances_per_region=1) as lab:
        assert "health_check" not in lab.stack["regions"][US]
        lab.start(lab.template("aws:network:disrupt-connectivity", SUBNETS, scope="all", duration="PT1H"))
        until(lambda: lab.alarm(f"storefront-{US}-no-healthy-host") == "ALARM", "the alarm rings")
        assert lab.resolve(ENTRY, "NA")[0] == lab.addresses.load_balancer(US)
