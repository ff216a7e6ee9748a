"""A zone gets no new requests and no new instances while it is shifted away from, as clients see it."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from control_lab import EU, PATIENT, US, ControlLab, control_lab, until

from harness.lab.addresses import BALANCER_PORT

pytestmark = pytest.mark.lab

SHIFT = "aws:arc:start-zonal-autoshift"
EVERYTHING = {
    "ManagedResources": {
        "resourceType": "aws:arc:zonal-shift-managed-resource",
        "resourceTags": {"drill": "storefront"},
    }
}
A, B, C = (f"{US}{letter}" for letter in "abc")


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US, EU], instances_per_region=3, target_health=PATIENT) as running:
        yield running


def who_answers(lab: ControlLab, region: str, asked: int = 30, session: Any = requests) -> "Counter[str]":
    """How often instances of each zone answered."""
    url = f"http://{lab.addresses.load_balancer(region)}:{BALANCER_PORT}/catalogue"
    answers = [session.get(url, timeout=5) for _ in range(asked)]
    assert {answer.status_code for answer in answers} == {200}
    return Counter(answer.headers["X-Served-By"].split("/")[1] for answer in answers)


def resource(lab: ControlLab, kind: str) -> dict[str, Any]:
    arc = lab.client("arc-zonal-shift")
    found = [r for r in arc.list_managed_resources()["items"] if kind in r["arn"]]
    described: dict[str, Any] = arc.get_managed_resource(resourceIdentifier=found[0]["arn"])
    return described


def zone_id(lab: ControlLab, zone: str) -> str:
    zones = lab.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return str(next(z["ZoneId"] for z in zones if z["ZoneName"] == zone))


def status(lab: ControlLab, experiment: str) -> str:
    return str(lab.experiment(experiment)["state"]["status"])


def overrides(lab: ControlLab) -> dict[str, str]:
    """Zone -> whether a shift keeps its target out, as DescribeTargetHealth says."""
    group = lab.stack["regions"][US]["target_group"]
    found = lab.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    zones = {
        i["InstanceId"]: i["Placement"]["AvailabilityZone"]
        for r in lab.client("ec2").describe_instances()["Reservations"]
        for i in r["Instances"]
    }
    return {zones[each["Target"]["Id"]]: each["AdministrativeOverride"]["State"] for each in found}


def test_no_request_goes_to_a_zone_that_fis_shifts_away_from_until_the_experiment_is_stopped(lab: ControlLab) -> None:
    assert set(who_answers(lab, US)) == {A, B, C}
    with requests.Session() as regular:
        home = next(iter(who_answers(lab, US, 1, regular)))
        made = dict(availabilityZoneIdentifier=zone_id(lab, home), duration="PT1H")
        experiment = lab.start(lab.template(SHIFT, EVERYTHING, **made))
        until(lambda: home not in who_answers(lab, US), "the zone gets no requests")
        assert set(who_answers(lab, US)) == {A, B, C} - {home}
        assert overrides(lab)[home] == "zonal_shift_active"
        assert {state for zone, state in overrides(lab).items() if zone != home} == {"no_override"}
        assert home not in who_answers(lab, US, 10, regular), "a sticky session moves"
        assert len(who_answers(lab, EU)) == 3, "the other region is as it was"
        shifted = resource(lab, "loadbalancer")
        assert shifted["appliedWeights"][zone_id(lab, home)] == 0
        assert shifted["zonalShifts"][0]["shiftType"] == "FIS_EXPERIMENT"
        lab.client("fis").stop_experiment(id=experiment)
        until(lambda: status(lab, experiment) == "stopped", "the experiment is stopped")
    until(lambda: set(who_answers(lab, US)) == {A, B, C}, "the zone gets requests again")
    assert resource(lab, "loadbalancer")["zonalShifts"] == []


def test_a_shift_of_fis_ends_with_its_duration(lab: ControlLab) -> None:
    made = dict(availabilityZoneIdentifier=A, duration="PT20S", managedResourceTypes="ALB")
    experiment = lab.start(lab.template(SHIFT, EVERYTHING, **made))
    until(lambda: A not in who_answers(lab, US), "the zone gets no requests")
    assert resource(lab, "autoScaling")["zonalShifts"] == [], "only balancers were asked for"
    until(lambda: status(lab, experiment) == "completed", "the experiment is over")
    until(lambda: set(who_answers(lab, US)) == {A, B, C}, "the zone gets requests again")


def test_a_shifted_group_launches_nothing_in_the_zone(lab: ControlLab) -> None:
    arc, group = lab.client("arc-zonal-shift"), resource(lab, "autoScaling")
    made = arc.start_zonal_shift(
        resourceIdentifier=group["arn"], awayFrom=zone_id(lab, A), expiresIn="1h", comment="a test"
    )
    name = lab.stack["regions"][US]["auto_scaling_group"]
    lab.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=7)
    until(lambda: [m["LifecycleState"] for m in lab.group(US)["Instances"]] == ["InService"] * 7, "seven are there")
    spread = Counter(m["AvailabilityZone"] for m in lab.group(US)["Instances"])
    assert spread == {A: 1, B: 3, C: 3}
    arc.cancel_zonal_shift(zonalShiftId=made["zonalShiftId"])
    lab.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=8)
    until(lambda: [m["LifecycleState"] for m in lab.group(US)["Instances"]] == ["InService"] * 8, "eight are there")
    assert Counter(m["AvailabilityZone"] for m in lab.group(US)["Instances"])[A] == 2
    lab.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    until(lambda: len(lab.group(US)["Instances"]) == 3, "three are left")
    until(lambda: set(who_answers(lab, US)) == {A, B, C}, "one in each zone")


def test_a_shift_by_hand_is_one_at_a_time_and_can_be_prolonged_and_cancelled(lab: ControlLab) -> None:
    arc, balancer = lab.client("arc-zonal-shift"), resource(lab, "loadbalancer")
    wanted = dict(resourceIdentifier=balancer["arn"], awayFrom=zone_id(lab, B), expiresIn="1m", comment="a test")
    made = arc.start_zonal_shift(**wanted)
    until(lambda: B not in who_answers(lab, US), "the zone gets no requests")
    with pytest.raises(ClientError, match="already"):
        arc.start_zonal_shift(**wanted)
    prolonged = arc.update_zonal_shift(zonalShiftId=made["zonalShiftId"], expiresIn="2h", comment="longer")
    assert (prolonged["expiryTime"] - made["expiryTime"]).total_seconds() > 3600 / lab.stack["time_scale"]
    assert [s["comment"] for s in arc.list_zonal_shifts(status="ACTIVE")["items"]] == ["longer"]
    assert arc.cancel_zonal_shift(zonalShiftId=made["zonalShiftId"])["status"] == "CANCELED"
    until(lambda: set(who_answers(lab, US)) == {A, B, C}, "the zone gets requests again")
    assert arc.list_zonal_shifts(status="ACTIVE")["items"] == []


def test_a_shift_by_hand_expires_by_itself(lab: ControlLab) -> None:
    arc, balancer = lab.client("arc-zonal-shift"), resource(lab, "loadbalancer")
    made = arc.start_zonal_shift(
        resourceIdentifier=balancer["arn"], awayFrom=zone_id(lab, C), expiresIn="24h", comment="a test"
    )
    until(lambda: C not in who_answers(lab, US), "the zone gets no requests")
    began = time.monotonic()
    arc.update_zonal_shift(zonalShiftId=made["zonalShiftId"], expiresIn="1m")
    until(lambda: set(who_answers(lab, US)) == {A, B, C}, "the zone gets requests again")
    assert time.monotonic() - began >= 60 / lab.stack["time_scale"]
    assert [s["status"] for s in arc.list_zonal_shifts()["items"] if s["zonalShiftId"] == made["zonalShiftId"]] == [
        "EXPIRED"
    ]


@pytest.mark.parametrize(("parameters", "why"), [
    ({"zonalAutoshiftStatus": "DISABLED"}, "none of the targets"),
    ({"managedResourceTypes": "NLB,EKS"}, "none of the targets"),
    ({"availabilityZoneIdentifier": f"{EU}a"}, "no zone of the stack"),
])  # fmt: skip
def test_a_shift_of_nothing_fails_the_experiment(lab: ControlLab, parameters: dict[str, str], why: str) -> None:
    given = {"availabilityZoneIdentifier": A, "duration": "PT10S", **parameters}
    experiment = lab.start(lab.template(SHIFT, EVERYTHING, **given))
    until(lambda: status(lab, experiment) == "failed", "the experiment fails")
    assert why in lab.experiment(experiment)["state"]["reason"]
    assert resource(lab, "loadbalancer")["zonalShifts"] == []


def test_only_resources_with_the_status_of_autoshift_that_was_asked_for_are_shifted(lab: ControlLab) -> None:
    arc, balancer = lab.client("arc-zonal-shift"), resource(lab, "loadbalancer")
    arc.update_zonal_autoshift_configuration(resourceIdentifier=balancer["arn"], zonalAutoshiftStatus="DISABLED")
    try:
        made = dict(availabilityZoneIdentifier=A, duration="PT1H", zonalAutoshiftStatus="DISABLED")
        experiment = lab.start(lab.template(SHIFT, EVERYTHING, **made))
        until(lambda: A not in who_answers(lab, US), "the zone gets no requests")
        assert resource(lab, "autoScaling")["zonalShifts"] == []
        lab.client("fis").stop_experiment(id=experiment)
        until(lambda: set(who_answers(lab, US)) == {A, B, C}, "the zone gets requests again")
    finally:
        arc.update_zonal_autoshift_configuration(resourceIdentifier=balancer["arn"], zonalAutoshiftStatus="ENABLED")


def test_a_zone_that_is_shifted_away_from_is_better_than_none() -> None:
    with control_lab(regions=[US], instances_per_region=1) as lab:
        zone = lab.group(US)["Instances"][0]["AvailabilityZone"]
        made = dict(availabilityZoneIdentifier=zone, duration="PT1H")
        experiment = lab.start(lab.template(SHIFT, EVERYTHING, **made))
        until(lambda: lab.truth("zonal_shift") and status(lab, experiment) == "running", "the shift began")
        assert set(who_answers(lab, US)) == {zone}
