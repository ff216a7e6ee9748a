"""What the network actions of FIS do to a real lab, seen by its clients and its databases."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from control_lab import AP, EU, US, ControlLab, control_lab, until
from service_caller import Caller, warm_up

from harness.lab.addresses import BALANCER_PORT

pytestmark = pytest.mark.lab

TAGS = {"drill": "storefront"}
DISRUPT = "aws:network:disrupt-connectivity"


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab() as running:
        warm_up(running)
        yield running


def subnets(lab: ControlLab, region: str, *letters: str) -> dict[str, Any]:
    """The target of a region's subnets, of all zones or of some."""
    if not letters:
        return {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceTags": TAGS}}
    found = lab.client("ec2", region).describe_subnets(Filters=[{"Name": "tag:drill", "Values": ["storefront"]}])
    arns = [s["SubnetArn"] for s in found["Subnets"] if s["AvailabilityZone"][-1] in letters]
    return {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": arns}}


def tagged(key: str, type: str) -> dict[str, Any]:
    return {key: {"resourceType": type, "resourceTags": TAGS}}


def begin(lab: ControlLab, action: str, target: dict[str, Any], where: str, /, **parameters: str) -> str:
    """Start an experiment of an hour; returns when the network is disrupted."""
    id = lab.start(lab.template(action, target, where, duration="PT1H", **parameters), where)
    until(lambda: f"{id}/it" in [t["name"] for t in lab.truth("impaired") + lab.truth("cut")], "it holds")
    return id


def stop(lab: ControlLab, id: str, region: str) -> None:
    lab.client("fis", region).stop_experiment(id=id)
    until(lambda: lab.experiment(id, region)["state"]["status"] == "stopped", "the experiment is stopped")


def failure(lab: ControlLab, action: str, target: dict[str, Any], where: str, /, **parameters: str) -> str:
    """Why an experiment failed."""
    id = lab.start(lab.template(action, target, where, duration="PT1H", **parameters), where)
    until(lambda: lab.experiment(id, where)["state"]["status"] == "failed", "the experiment failed")
    return str(lab.experiment(id, where)["state"]["reason"])


def served(lab: ControlLab, region: str, population: str, path: str = "/catalogue") -> bool:
    """Whether a client gets an answer from a region."""
    connection = http.client.HTTPConnection(
        lab.addresses.load_balancer(region),
        BALANCER_PORT,
        timeout=2.5,
        source_address=(lab.addresses.population(population), 0),
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def streams(lab: ControlLab, region: str) -> bool:
    """Whether the replica of a region streams from its source, as RDS says that it measured."""
    database = lab.database(region)
    return database is not None and database["StatusInfos"][0]["Normal"] is True


def unhealthy(lab: ControlLab, region: str) -> set[str]:
    """The zones of the targets that are unhealthy."""
    elb = lab.client("elbv2", region)
    found = elb.describe_target_health(TargetGroupArn=lab.stack["regions"][region]["target_group"])
    ids = [t["Target"]["Id"] for t in found["TargetHealthDescriptions"] if t["TargetHealth"]["State"] == "unhealthy"]
    zones = {i["InstanceId"]: i["AvailabilityZone"] for i in lab.group(region)["Instances"]}
    return {zones[id] for id in ids}


def test_the_table_of_a_region_route_to_another_is_dropped_and_clients_are_served_by_both(lab: ControlLab) -> None:
    until(lambda: streams(lab, EU) and streams(lab, AP), "both replicas stream")
    route = "aws:network:route-table-disrupt-cross-region-connectivity"
    id = begin(lab, route, subnets(lab, US), US, region=EU)
    until(lambda: not streams(lab, EU), "Europe's replica has lost its source")
    assert streams(lab, AP)
    assert served(lab, US, "NA")
    assert served(lab, EU, "EU")
    assert served(lab, US, "EU"), "clients are no region"
    stop(lab, id, US)
    until(lambda: streams(lab, EU), "Europe's replica streams again")


def test_a_transit_gateway_loses_the_peering_with_a_region_only(lab: ControlLab) -> None:
    until(lambda: streams(lab, EU) and streams(lab, AP), "both replicas stream")
    ec2 = lab.client("ec2", EU)
    [gateway] = ec2.describe_transit_gateways()["TransitGateways"]
    peerings = ec2.describe_transit_gateway_peering_attachments()["TransitGatewayPeeringAttachments"]
    assert {p["AccepterTgwInfo"]["Region"] for p in peerings} | {p["RequesterTgwInfo"]["Region"] for p in peerings} == {
        US,
        EU,
        AP,
    }
    [attachment] = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    assert attachment["TransitGatewayId"] == gateway["TransitGatewayId"]
    cross = "aws:network:transit-gateway-disrupt-cross-region-connectivity"
    id = begin(lab, cross, tagged("TransitGateways", "aws:ec2:transit-gateway"), EU, region=AP)
    until(lambda: not streams(lab, AP), "Asia's replica has lost its source, which is in Europe")
    assert streams(lab, EU)
    assert served(lab, AP, "AP")
    stop(lab, id, EU)
    until(lambda: streams(lab, AP), "Asia's replica streams again")


def test_a_region_cannot_be_cut_off_itself_nor_one_that_is_not_there(lab: ControlLab) -> None:
    route = "aws:network:route-table-disrupt-cross-region-connectivity"
    cross = "aws:network:transit-gateway-disrupt-cross-region-connectivity"
    gateways = tagged("TransitGateways", "aws:ec2:transit-gateway")
    assert f"'{US}' is no other region" in failure(lab, route, subnets(lab, US), US, region=US)
    assert "has no peering with 'us-west-2'" in failure(lab, cross, gateways, US, region="us-west-2")


def test_a_zone_without_the_others_cannot_reach_their_database_but_the_balancer_reaches_it(lab: ControlLab) -> None:
    until(lambda: not unhealthy(lab, EU), "all are healthy")
    id = begin(lab, DISRUPT, subnets(lab, EU, "b"), EU, scope="availability-zone")
    until(lambda: unhealthy(lab, EU) == {f"{EU}b"}, "instances there have no database")
    assert served(lab, EU, "EU"), "by the zone of the database"
    assert streams(lab, EU), "from the other region"
    stop(lab, id, EU)
    until(lambda: not unhealthy(lab, EU), "all are healthy again")


def test_a_vpc_without_the_rest_of_the_world_serves_nobody_outside(lab: ControlLab) -> None:
    until(lambda: streams(lab, AP), "the replica streams")
    id = begin(lab, DISRUPT, subnets(lab, AP), AP, scope="vpc")
    until(lambda: not served(lab, AP, "AP"), "clients are not served")
    until(lambda: not streams(lab, AP), "nothing is replicated")
    until(lambda: not unhealthy(lab, AP), "inside all is well")
    assert served(lab, EU, "AP")
    stop(lab, id, AP)
    until(lambda: served(lab, AP, "AP"), "clients are served again")
    until(lambda: streams(lab, AP), "the replica streams again")


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_subnets_lose_one_service_of_their_region_and_nothing_else(lab: ControlLab, service: str) -> None:
    inside, neighbour = lab.addresses.instance(f"{US}a", 200), lab.addresses.instance(f"{US}b", 200)
    assert Caller(lab, inside, US).both() == (True, True)
    id = begin(lab, DISRUPT, subnets(lab, US, "a"), US, scope=service)
    expected = (service != "dynamodb", service != "s3")
    assert Caller(lab, inside, US).both() == expected
    assert Caller(lab, inside, EU).both() == (True, True), "another region's"
    assert Caller(lab, neighbour, US).both() == (True, True)
    assert Caller(lab, lab.addresses.everybody_else, US).both() == (True, True)
    assert served(lab, US, "NA")
    until(lambda: not unhealthy(lab, US), "all are healthy")
    stop(lab, id, US)
    assert Caller(lab, inside, US).both() == (True, True)


def test_a_call_that_waits_while_a_service_is_cut_off_is_answered_when_it_is_back(lab: ControlLab) -> None:
    id = begin(lab, DISRUPT, subnets(lab, US, "a"), US, scope="dynamodb")
    connection = http.client.HTTPConnection(
        lab.addresses.api, 24566, timeout=20, source_address=(lab.addresses.instance(f"{US}a", 201), 0)
    )
    scope = f"AWS4-HMAC-SHA256 Credential=any/20260101/{US}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Authorization": scope}
    connection.request("POST", "/", b"{}", {**headers, "Content-Type": "application/x-amz-json-1.0"})
    stop(lab, id, US)
    assert json.loads(connection.getresponse().read())["TableNames"] == ["users-global"]
    connection.close()


def test_a_disrupted_vpc_endpoint_takes_its_service_from_the_whole_vpc(lab: ControlLab) -> None:
    endpoints = lab.client("ec2", EU).describe_vpc_endpoints()["VpcEndpoints"]
    [s3] = [e["VpcEndpointId"] for e in endpoints if e["ServiceName"] == f"com.amazonaws.{EU}.s3"]
    arn = f"arn:aws:ec2:{EU}:123456789012:vpc-endpoint/{s3}"
    target = {"VPCEndpoints": {"resourceType": "aws:ec2:vpc-endpoint", "resourceArns": [arn]}}
    callers = [Caller(lab, lab.addresses.instance(f"{EU}{letter}", 200), EU) for letter in "ac"]
    id = begin(lab, "aws:network:disrupt-vpc-endpoint", target, EU)
    assert [caller.both() for caller in callers] == [(True, False), (True, False)]
    assert Caller(lab, lab.addresses.instance(f"{US}a", 200), US).both() == (True, True)
    stop(lab, id, EU)
    assert [caller.both() for caller in callers] == [(True, True), (True, True)]


def test_what_is_cut_off_altogether_reaches_no_service_either(lab: ControlLab) -> None:
    inside = Caller(lab, lab.addresses.instance(f"{AP}c", 200), AP)
    id = begin(lab, DISRUPT, subnets(lab, AP, "c"), AP, scope="all")
    assert inside.both() == (False, False)
    stop(lab, id, AP)
    assert inside.both() == (True, True)


@pytest.mark.parametrize("scope", ["prefix-list", "s3express"])
def test_a_scope_that_the_lab_cannot_do_fails_the_experiment_by_name(lab: ControlLab, scope: str) -> None:
    assert f"scope '{scope}'" in failure(lab, DISRUPT, subnets(lab, US), US, scope=scope)
