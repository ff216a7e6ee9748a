"""Instances that are not to be had, are taken away, or are gone when they should be started again."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_lab import EU, US, ControlLab, control_lab, until
from pydantic import ValidationError

from harness.lab.recipe import Recipe

pytestmark = pytest.mark.lab

TAGS = {"drill": "storefront"}
GROUPS = {"AutoScalingGroups": {"resourceType": "aws:ec2:autoscaling-group", "resourceTags": TAGS}}
SPOT = {"SpotInstances": {"resourceType": "aws:ec2:spot-instance", "resourceTags": TAGS}}
SHORT = "aws:ec2:asg-insufficient-instance-capacity-error"
INTERRUPT = "aws:ec2:send-spot-instance-interruptions"


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(
        time_scale=30,
        regions=[US, EU],
        instances_per_region=3,
        spot_per_region=1,
        health_check=None,
        deregistration_delay=1,
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def _whole(lab: ControlLab) -> None:
    until(lambda: whole(lab), "three are in service")


def instances(lab: ControlLab, region: str = US) -> dict[str, dict[str, Any]]:
    """The living instances of a region by id."""
    found = lab.client("ec2", region).describe_instances(Filters=[{"Name": "tag:drill", "Values": ["storefront"]}])
    all_of_them = [i for r in found["Reservations"] for i in r["Instances"]]
    return {i["InstanceId"]: i for i in all_of_them if i["State"]["Name"] == "running"}


def in_service(lab: ControlLab, region: str = US) -> list[str]:
    members = lab.group(region)["Instances"]
    return [m["InstanceId"] for m in members if m["LifecycleState"] == "InService"]


def whole(lab: ControlLab) -> bool:
    """Whether three are in service and alive: a group counts one that dies until it is dead."""
    ids = in_service(lab)
    return len(ids) == 3 and set(ids) == set(instances(lab))


def zones(lab: ControlLab) -> dict[str, list[str]]:
    """The ids of the living instances by zone."""
    found: dict[str, list[str]] = {}
    for id, instance in instances(lab).items():
        found.setdefault(instance["Placement"]["AvailabilityZone"], []).append(id)
    return found


def state(lab: ControlLab, experiment: str) -> dict[str, str]:
    found: dict[str, str] = lab.experiment(experiment)["state"]
    return found


def failures(lab: ControlLab) -> list[dict[str, Any]]:
    activities = lab.client("autoscaling").describe_scaling_activities()["Activities"]
    return [activity for activity in activities if activity["StatusCode"] == "Failed"]


def began(lab: ControlLab, kind: str, count: int) -> None:
    until(lambda: len(lab.truth(kind)) > count, kind)


def stop(lab: ControlLab, experiment: str) -> None:
    lab.client("fis").stop_experiment(id=experiment)
    until(lambda: state(lab, experiment)["status"] == "stopped", "it is stopped")


def terminate_in(lab: ControlLab, zone: str) -> None:
    ids = zones(lab)[zone]
    lab.client("ec2").terminate_instances(InstanceIds=ids)
    until(lambda: not set(ids) & set(instances(lab)), "they are gone")


def test_a_group_launches_in_another_zone_what_one_zone_has_no_capacity_for(lab: ControlLab) -> None:
    zone = max(zones(lab), key=lambda name: len(zones(lab)[name]))
    described = lab.client("ec2").describe_availability_zones()["AvailabilityZones"]
    id = next(z["ZoneId"] for z in described if z["ZoneName"] == zone)
    before, count = len(failures(lab)), len(lab.truth("shortage"))
    experiment = lab.start(lab.template(SHORT, GROUPS, availabilityZoneIdentifiers=id, duration="PT1H"))
    began(lab, "shortage", count)
    terminate_in(lab, zone)
    until(lambda: whole(lab), "it is replaced")
    assert zone not in zones(lab)
    assert len(failures(lab)) > before
    said = failures(lab)[0]
    assert said["StatusMessage"].startswith("We currently do not have sufficient t3.micro capacity")
    assert zone in said["StatusMessage"]
    stop(lab, experiment)
    terminate_in(lab, max(zones(lab), key=lambda name: len(zones(lab)[name])))  # two are launched, in two zones
    until(lambda: whole(lab) and zone in zones(lab), "the zone that has none comes first again")


def test_a_group_without_capacity_anywhere_replaces_nothing_until_there_is_some(lab: ControlLab) -> None:
    named, count = ",".join(f"{US}{letter}" for letter in "abc"), len(lab.truth("shortage"))
    experiment = lab.start(lab.template(SHORT, GROUPS, availabilityZoneIdentifiers=named, duration="PT1H"))
    began(lab, "shortage", count)
    before, attempts = set(instances(lab)), len(failures(lab))
    terminate_in(lab, next(iter(zones(lab))))
    until(lambda: len(failures(lab)) >= attempts + 3, "it tried every zone")
    assert set(instances(lab)) < before
    assert len(lab.group(US)["Instances"]) < 3
    assert len(in_service(lab, EU)) == 3
    stop(lab, experiment)
    until(lambda: whole(lab), "it is replaced")


def test_a_zone_that_there_is_not_fails_the_experiment(lab: ControlLab) -> None:
    experiment = lab.start(lab.template(SHORT, GROUPS, availabilityZoneIdentifiers=f"{EU}a", duration="PT1H"))
    until(lambda: state(lab, experiment)["status"] == "failed", "it fails")
    assert f"not a zone of {US}: {EU}a" in state(lab, experiment)["reason"]


def requests(lab: ControlLab, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.client("ec2").describe_spot_instance_requests(**asked)["SpotInstanceRequests"]
    return found


def spot(lab: ControlLab) -> str:
    (id,) = [id for id, instance in instances(lab).items() if instance.get("InstanceLifecycle") == "spot"]
    return id


def status(lab: ControlLab, id: str) -> str:
    (request,) = requests(lab, Filters=[{"Name": "instance-id", "Values": [id]}])
    return str(request["Status"]["Code"])


def test_the_last_instance_of_the_group_is_spot_and_has_a_request(lab: ControlLab) -> None:
    id = spot(lab)
    assert status(lab, id) == "fulfilled"
    request = instances(lab)[id]["SpotInstanceRequestId"]
    assert [r["InstanceId"] for r in requests(lab, SpotInstanceRequestIds=[request])] == [id]
    with pytest.raises(ClientError, match="NotImplemented"):
        requests(lab, Filters=[{"Name": "launch-group", "Values": ["x"]}])


def test_a_spot_instance_ends_two_minutes_after_its_notice_and_is_replaced(lab: ControlLab) -> None:
    id, others = spot(lab), set(instances(lab)) - {spot(lab)}
    experiment = lab.start(lab.template(INTERRUPT, SPOT, durationBeforeInterruption="PT3M"))
    until(lambda: status(lab, id) == "marked-for-termination", "it has its notice")
    assert id in instances(lab)
    until(lambda: id not in instances(lab), "it is gone")
    until(lambda: state(lab, experiment)["status"] == "completed", "the experiment is completed")
    assert status(lab, id) == "instance-terminated-by-experiment"
    assert others <= set(instances(lab))
    notice, end = [e for e in lab.truth("spot") if id in e["instances"]]
    assert (end["at_ns"] - notice["at_ns"]) / 1e9 >= 120 / lab.stack["time_scale"]
    gone = lab.client("ec2").describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
    assert gone["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    until(lambda: whole(lab), "it is replaced")
    assert spot(lab) != id


def test_an_experiment_stopped_before_the_notice_spares_the_instance(lab: ControlLab) -> None:
    id = spot(lab)
    experiment = lab.start(lab.template(INTERRUPT, SPOT, durationBeforeInterruption="PT15M"))
    until(lambda: state(lab, experiment)["status"] == "running", "it runs")
    stop(lab, experiment)
    assert (status(lab, id), id in instances(lab)) == ("fulfilled", True)


def test_a_notice_is_carried_out_even_if_the_experiment_is_stopped(lab: ControlLab) -> None:
    id = spot(lab)
    experiment = lab.start(lab.template(INTERRUPT, SPOT, durationBeforeInterruption="PT2M"))
    until(lambda: status(lab, id) == "marked-for-termination", "it has its notice")
    stop(lab, experiment)
    assert id in instances(lab)
    until(lambda: id not in instances(lab), "it is gone")


@pytest.mark.parametrize(("fine", "ended"), [("true", "completed"), ("false", "failed"), (None, "failed")])
def test_instances_terminated_meanwhile_fail_the_experiment_unless_it_is_told_not_to(
    lab: ControlLab, fine: str | None, ended: str
) -> None:
    (id, *_) = instances(lab)
    arn = f"arn:aws:ec2:{US}:123456789012:instance/{id}"
    target = {"Instances": {"resourceType": "aws:ec2:instance", "resourceArns": [arn]}}
    asked = {"completeIfInstancesTerminated": fine} if fine else {}
    experiment = lab.start(lab.template("aws:ec2:stop-instances", target, startInstancesAfterDuration="PT1M", **asked))
    until(lambda: id not in instances(lab), "it is stopped")
    lab.client("ec2").terminate_instances(InstanceIds=[id])
    until(lambda: state(lab, experiment)["status"] in ("completed", "failed"), "it is over")
    assert state(lab, experiment)["status"] == ended
    if ended == "failed":
        assert f"terminated meanwhile, and cannot be started: {id}" in state(lab, experiment)["reason"]


def test_a_recipe_with_more_spot_instances_than_instances_is_refused() -> None:
    with pytest.raises(ValidationError, match="spot_per_region"):
        Recipe(instances_per_region=2, spot_per_region=3)
