"""Instances that are rebooted or terminated, seen by the sockets that lead to them."""

import socket
from collections.abc import Iterator

import pytest
from control_lab import US, ControlLab, control_lab, until

from harness.lab.addresses import INSTANCE_PORT

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(time_scale=30, regions=[US], instances_per_region=2, health_check=None) as running:
        yield running


@pytest.fixture(autouse=True)
def _whole(lab: ControlLab) -> None:
    until(lambda: len(addresses(lab)) == 2, "two instances are in service")


def addresses(lab: ControlLab) -> dict[str, str]:
    """The instances in service, and where each listens, as the lab says it started them."""
    members = lab.group(US)["Instances"]
    started = {event["instance"]: event["address"] for event in lab.truth("instance_started")}
    return {m["InstanceId"]: started[m["InstanceId"]] for m in members if m["LifecycleState"] == "InService"}


def dial(address: str) -> socket.socket:
    """A connection to an instance, which nobody uses."""
    made = socket.create_connection((address, INSTANCE_PORT), timeout=5)
    made.settimeout(0.02)
    return made


def closed(connection: socket.socket) -> bool:
    """Whether the other side has gone."""
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def answers(address: str) -> bool:
    try:
        with dial(address) as asking:
            asking.settimeout(1)
            asking.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return asking.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def strike(lab: ControlLab, action: str, id: str) -> None:
    arn = f"arn:aws:ec2:{US}:123456789012:instance/{id}"
    target = {"Instances": {"resourceType": "aws:ec2:instance", "resourceArns": [arn]}}
    experiment = lab.start(lab.template(action, target))
    until(lambda: lab.experiment(experiment)["state"]["status"] == "completed", "the experiment is over")


def test_an_instance_that_is_rebooted_drops_its_connections_and_comes_back_as_itself(lab: ControlLab) -> None:
    (struck, where), (_, elsewhere) = addresses(lab).items()
    with dial(where) as hers, dial(elsewhere) as others:
        strike(lab, "aws:ec2:reboot-instances", struck)
        until(lambda: closed(hers), "its connections are gone")
        assert not closed(others), "the other instance is as it was"
    until(lambda: answers(addresses(lab).get(struck, "")) if struck in addresses(lab) else False, "it answers again")


def test_an_instance_that_is_terminated_is_gone_for_good_and_its_group_launches_another(lab: ControlLab) -> None:
    before = addresses(lab)
    (struck, where), (spared, elsewhere) = before.items()
    with dial(where) as hers, dial(elsewhere) as others:
        strike(lab, "aws:ec2:terminate-instances", struck)
        until(lambda: closed(hers), "its connections are gone")
        until(lambda: len(addresses(lab)) == 2 and struck not in addresses(lab), "another one is in service")
        assert not closed(others), "the other instance is as it was"
    (new,) = set(addresses(lab)) - {spared}
    assert new not in before
    assert answers(addresses(lab)[new])
    assert not answers(where)
