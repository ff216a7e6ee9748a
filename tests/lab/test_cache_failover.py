"""Carts in a cache of two nodes: they outlive a node and a zone, as those see it who put things into them."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from control_lab import EU, US, ControlLab, control_lab, until

from harness.lab.addresses import BALANCER_PORT
from harness.lab.names import cache_name

pytestmark = pytest.mark.lab

POWER = "aws:elasticache:replicationgroup-interrupt-az-power"


@pytest.fixture(scope="module")
def running() -> Iterator[ControlLab]:
    with control_lab(cache=True, regions=[US, EU], instances_per_region=2) as lab:
        yield lab


@pytest.fixture
def lab(running: ControlLab) -> ControlLab:
    until(lambda: whole(running), "the cache is whole")
    until(lambda: reached(running, US) and reached(running, EU), "every instance reaches the cache")
    return running


def put(lab: ControlLab, session: str, sku: str, region: str = US) -> list[str] | None:
    """Put a product into a cart, at whatever instance; returns what is in it, none when it is out of reach."""
    url = f"http://{lab.addresses.load_balancer(region)}:{BALANCER_PORT}/cart"
    answer = requests.post(url, json={"sku": sku}, cookies={"session": session}, timeout=10)
    assert answer.status_code in (200, 503)
    return list(answer.json()["cart"]) if answer.status_code == 200 else None


def reached(lab: ControlLab, region: str = US) -> bool:
    """Whether every instance reaches the cache; so many requests go to both of them, whatever their nodes."""
    return all(put(lab, secrets.token_hex(8), "SKU-09", region) for _ in range(6))


def zones(lab: ControlLab, region: str = US) -> tuple[str, str]:
    """Where the primary and the replica are."""
    group = lab.client("elasticache", region).describe_replication_groups()["ReplicationGroups"][0]
    roles = {m["CurrentRole"]: m["PreferredAvailabilityZone"] for m in group["NodeGroups"][0]["NodeGroupMembers"]}
    return roles["primary"], roles["replica"]


def whole(lab: ControlLab) -> bool:
    group = lab.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]
    return bool(group["NodeGroups"][0]["Status"] == "available")


def the_group(zone: str) -> dict[str, Any]:
    return {
        "ReplicationGroups": {
            "resourceType": "aws:elasticache:replicationgroup",
            "resourceTags": {"drill": "storefront"},
            "parameters": {"availabilityZoneIdentifier": zone},
        }
    }


def endpoint(lab: ControlLab) -> str | None:
    return lab.resolve(cache_name(US))[0]


def status(lab: ControlLab, experiment: str) -> str:
    return str(lab.experiment(experiment)["state"]["status"])


def test_a_cart_is_the_same_at_every_instance_and_another_in_each_region(lab: ControlLab) -> None:
    session = secrets.token_hex(8)
    for n in range(1, 9):
        assert put(lab, session, "SKU-01") == ["SKU-01"] * n
    assert put(lab, session, "SKU-02", EU) == ["SKU-02"]


def test_carts_are_out_of_reach_when_the_primary_dies_until_the_replica_is_promoted(lab: ControlLab) -> None:
    here, there = zones(lab)
    session = secrets.token_hex(8)
    assert put(lab, session, "SKU-01") == ["SKU-01"]
    experiment = lab.start(lab.template(POWER, the_group(here), duration="PT1H"))
    until(lambda: put(lab, secrets.token_hex(8), "SKU-09") is None, "carts are out of reach")
    assert put(lab, session, "SKU-02", EU) is not None, "the other region's are not"
    until(lambda: endpoint(lab) == lab.addresses.cache_in(there), "the endpoint moves")
    cart = until(lambda: put(lab, session, "SKU-03"), "the cart is there again")
    assert cart == ["SKU-01", "SKU-03"]
    assert not whole(lab)
    lab.client("fis").stop_experiment(id=experiment)
    until(lambda: status(lab, experiment) == "stopped", "the experiment is stopped")
    until(lambda: whole(lab), "the node is back")
    assert zones(lab) == (there, here)
    until(lambda: reached(lab), "every instance reaches the new primary")
    assert put(lab, session, "SKU-04") == ["SKU-01", "SKU-03", "SKU-04"]


def test_carts_go_on_when_only_the_replica_dies(lab: ControlLab) -> None:
    here, there = zones(lab)
    session = secrets.token_hex(8)
    lost = len(lab.truth("cache_node_lost"))
    experiment = lab.start(lab.template(POWER, the_group(there), duration="PT1M"))
    until(lambda: len(lab.truth("cache_node_lost")) > lost, "the node dies")
    n = 0
    while status(lab, experiment) == "running":
        n += 1
        assert put(lab, session, "SKU-01") == ["SKU-01"] * n
    assert n > 5
    assert status(lab, experiment) == "completed"
    assert zones(lab) == (here, there)
    until(lambda: whole(lab), "the node is back")


def test_a_node_that_came_back_has_the_carts_when_the_primary_dies_after_it(lab: ControlLab) -> None:
    session, sizes = secrets.token_hex(8), []
    for _ in range(2):
        here, _there = zones(lab)
        sizes.append(len(until(lambda: put(lab, session, "SKU-01"), "the cart is there")))
        lab.start(lab.template(POWER, the_group(here), duration="PT1M"))
        until(lambda here=here: zones(lab)[0] != here, "the replica is promoted")
        until(lambda: whole(lab), "the node is back and has the data")
    sizes.append(len(until(lambda: put(lab, session, "SKU-01"), "the cart is there")))
    assert sizes == [1, 2, 3]


def test_somebody_may_ask_for_a_failover(lab: ControlLab) -> None:
    here, there = zones(lab)
    session = secrets.token_hex(8)
    assert put(lab, session, "SKU-01") == ["SKU-01"]
    lab.client("elasticache").test_failover(ReplicationGroupId=f"storefront-{US}", NodeGroupId="0001")
    until(lambda: zones(lab) == (there, here), "the replica is promoted")
    assert until(lambda: put(lab, session, "SKU-02"), "the cart is there") == ["SKU-01", "SKU-02"]
    with pytest.raises(ClientError, match="not found"):
        lab.client("elasticache").test_failover(ReplicationGroupId="nobody", NodeGroupId="0001")


def test_a_zone_without_a_node_fails_the_experiment(lab: ControlLab) -> None:
    experiment = lab.start(lab.template(POWER, the_group(f"{US}c"), duration="PT1M"))
    until(lambda: status(lab, experiment) == "failed", "the experiment fails")
    assert "empty set" in lab.experiment(experiment)["state"]["reason"]


def test_the_cache_fails_over_by_itself_when_its_zone_is_cut_off(lab: ControlLab) -> None:
    here, there = zones(lab)
    asked = [{"Name": "availability-zone", "Values": [here]}, {"Name": "tag:drill", "Values": ["storefront"]}]
    found = lab.client("ec2").describe_subnets(Filters=asked)["Subnets"]
    target = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": [s["SubnetArn"] for s in found]}}
    session = secrets.token_hex(8)
    assert put(lab, session, "SKU-01") == ["SKU-01"]
    experiment = lab.start(lab.template("aws:network:disrupt-connectivity", target, scope="all", duration="PT1H"))
    until(lambda: endpoint(lab) == lab.addresses.cache_in(there), "the endpoint moves")
    assert until(lambda: put(lab, session, "SKU-02"), "the cart is there") == ["SKU-01", "SKU-02"]
    lab.client("fis").stop_experiment(id=experiment)
    until(lambda: whole(lab), "the old primary follows the new one")
    assert zones(lab) == (there, here)
    assert until(lambda: put(lab, session, "SKU-03"), "the cart is there") == ["SKU-01", "SKU-02", "SKU-03"]


def test_a_lab_without_a_cache_has_no_replication_group() -> None:
    with control_lab(regions=[US], instances_per_region=1) as lab:
        assert lab.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []
        assert put(lab, "somebody", "SKU-01") == ["SKU-01"]
