"""A warm pool: instances that have booted once are stopped, start faster, and may come back."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from control_lab import US, until
from scaling_lab import ScalingLab, scaling_lab

pytestmark = [pytest.mark.lab, pytest.mark.alone]

BOOT, WARM = 160.0, 20.0
POOL = {"minimum": 2, "prepared": 4, "reuse_on_scale_in": True}
SCALING = {"boot_time": BOOT, "warm_start": WARM, "warm_pool": POOL}


@pytest.fixture(scope="module")
def running() -> Iterator[ScalingLab]:
    with scaling_lab(deregistration_delay=2, scaling=SCALING) as lab:
        yield lab


@pytest.fixture
def lab(running: ScalingLab) -> ScalingLab:
    running.settle(2)
    until(lambda: len(running.pool("Warmed:Stopped")) == len(running.pool()) >= 2, "the pool is warm", BOOT)
    return running


def test_a_deployed_pool_is_there_at_once_and_ends_only_by_force() -> None:
    with scaling_lab(scaling=SCALING) as lab:
        warmed = lab.pool("Warmed:Stopped")
        assert len(warmed) == 2
        assert {lab.instance(id) for id in warmed} == {"stopped"}
        assert [lab.started(id) for id in warmed] == [[], []]
        assert not set(warmed) & set(lab.members())
        assert (lab.group()["WarmPoolSize"], lab.group()["WarmPoolConfiguration"]["MinSize"]) == (2, 2)
        with pytest.raises(ClientError, match="ResourceInUse"):
            lab.call("delete_warm_pool")
        lab.call("delete_warm_pool", ForceDelete=True)
        until(lambda: {lab.instance(id) for id in warmed} == {"terminated"}, "they are gone")
        assert lab.pool() == []
        assert "WarmPoolConfiguration" not in lab.group()


def test_a_warm_instance_serves_long_before_a_cold_one_would_and_goes_back(lab: ScalingLab) -> None:
    before, warm = set(lab.members()), set(lab.pool("Warmed:Stopped"))
    lab.resize(3)
    id = until(lambda: set(lab.members("InService")) - before, "it is in service").pop()
    assert id in warm
    activity = lab.activities(id)[0]
    took = (activity["EndTime"] - activity["StartTime"]).total_seconds()
    assert activity["Description"] == f"Launching a new EC2 instance from warm pool: {id}"
    assert WARM / lab.scale <= took < BOOT / lab.scale
    until(lambda: id in lab.answered_by(), "it serves")
    lab.resize(2)
    gone = until(lambda: (before | {id}) - set(lab.members()), "one leaves")
    until(lambda: set(lab.pool("Warmed:Stopped")) & gone, "it is back in the pool")
    assert lab.instance(next(iter(set(lab.pool("Warmed:Stopped")) & gone))) == "stopped"


def test_a_pool_is_filled_up_by_instances_that_boot_once_and_are_stopped(lab: ScalingLab) -> None:
    before = set(lab.pool())
    lab.call(
        "put_warm_pool",
        MinSize=len(before) + 1,
        MaxGroupPreparedCapacity=4,
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )
    (id,) = list(until(lambda: set(lab.pool("Warmed:Pending")) - before, "one is launched"))[:1]
    assert lab.started(id) == []
    until(lambda: id in lab.pool("Warmed:Stopped"), "it is warm", within=BOOT / lab.scale + 30)
    assert len(lab.started(id)) == 1
    assert lab.instance(id) == "stopped"


def test_an_experiment_that_stops_instances_does_not_start_the_warm_ones(lab: ScalingLab) -> None:
    warm, serving = lab.pool("Warmed:Stopped"), lab.members()
    target = {"Instances": {"resourceType": "aws:ec2:instance", "resourceTags": {"drill": "storefront"}}}
    experiment = lab.lab.start(lab.lab.template("aws:ec2:stop-instances", target, startInstancesAfterDuration="PT1M"))
    until(lambda: {lab.instance(id) for id in serving} == {"stopped"}, "those that run are stopped")
    until(lambda: lab.lab.experiment(experiment)["state"]["status"] == "completed", "it is over")
    assert {lab.instance(id) for id in serving} == {"running"}
    assert {lab.instance(id) for id in warm} == {"stopped"}


def test_a_pool_of_running_instances_is_not_in_the_lab(lab: ScalingLab) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        lab.call("put_warm_pool", PoolState="Running")


def test_a_warm_start_needs_capacity_too(lab: ScalingLab) -> None:
    group = {
        "AutoScalingGroups": {"resourceType": "aws:ec2:autoscaling-group", "resourceTags": {"drill": "storefront"}}
    }
    short = "aws:ec2:asg-insufficient-instance-capacity-error"
    zones = ",".join(f"{US}{letter}" for letter in "abc")
    before, count = set(lab.members()), len(lab.lab.truth("shortage"))
    experiment = lab.lab.start(lab.lab.template(short, group, availabilityZoneIdentifiers=zones, duration="PT1H"))
    until(lambda: len(lab.lab.truth("shortage")) > count, "there is no capacity")
    lab.resize(3)
    until(lambda: lab.activities()[0]["StatusCode"] == "Failed", "no launch succeeds")
    assert set(lab.members()) == before
    lab.lab.client("fis").stop_experiment(id=experiment)
    lab.settled(3)


def test_what_goes_back_to_the_pool_takes_a_place_in_it_from_the_moment_that_it_leaves() -> None:
    scaling = {**SCALING, "maximum": 4, "warm_pool": {"reuse_on_scale_in": True}, "minimum": 1}
    with scaling_lab(deregistration_delay=2, instances_per_region=3, scaling=scaling) as lab:
        before, (warm,) = lab.settled(3), lab.pool("Warmed:Stopped")
        lab.resize(1)
        until(lambda: len(lab.pool("Warmed:Stopped")) == 3, "two are back")
        assert set(lab.pool()) == (before | {warm}) - set(lab.members())
        described = [activity["Description"] for activity in lab.activities()]
        assert not [what for what in described if "into warm pool" in what]


def test_a_mixed_group_has_its_share_of_spot_instances_and_no_pool() -> None:
    mixed = {"on_demand_base": 1, "on_demand_percentage": 50}
    with scaling_lab(instances_per_region=4, scaling={"mixed": mixed}) as lab:
        described = lab.group()["MixedInstancesPolicy"]["InstancesDistribution"]
        assert (described["OnDemandBaseCapacity"], described["OnDemandPercentageAboveBaseCapacity"]) == (1, 50)
        found = lab.lab.client("ec2").describe_instances(InstanceIds=lab.members())["Reservations"]
        kinds = [i.get("InstanceLifecycle") for reservation in found for i in reservation["Instances"]]
        assert sorted(map(str, kinds)) == ["None", "None", "None", "spot"]
        with pytest.raises(ClientError, match="mixed instances policy"):
            lab.call("put_warm_pool")
