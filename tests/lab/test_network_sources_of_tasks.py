"""Whose traffic `sources` strikes on a real lab: services, names, zones and private addresses."""

from collections.abc import Iterator

import pytest
from control_lab import US, until
from ecs_lab import TASKS, EcsLab, address_of, ecs_lab
from service_caller import PATIENCE_S, Caller, warm_up

pytestmark = pytest.mark.lab
LATENCY = "aws:ecs:task-network-latency"


@pytest.fixture(scope="module")
def running() -> Iterator[EcsLab]:
    with ecs_lab() as lab:
        warm_up(lab.lab)
        yield lab


def begin(ecs: EcsLab, sources: str) -> str:
    parameters = {"duration": "PT1H", "sources": sources, "delayMilliseconds": str(int(PATIENCE_S * 2000))}
    return ecs.lab.start(ecs.lab.template(LATENCY, TASKS, **parameters))


def held(ecs: EcsLab, id: str) -> list[str]:
    """The other side of what an experiment did to the network."""
    told = until(lambda: [t for t in ecs.lab.truth("impaired") if t["name"] == f"{id}/it"], "it holds")
    return list(told[-1]["rules"][0]["others"])


def stop(ecs: EcsLab, id: str) -> None:
    ecs.lab.client("fis").stop_experiment(id=id)
    until(lambda: ecs.lab.experiment(id)["state"]["status"] == "stopped", "the experiment is stopped")


def test_latency_to_dynamodb_makes_its_answers_to_tasks_late_and_those_of_s3_not(running: EcsLab) -> None:
    task = sorted(running.settle())[0]
    inside = Caller(running.lab, address_of(running.task(task)), US)
    assert inside.both() == (True, True)
    id = begin(running, "DYNAMODB")
    held(running, id)
    assert inside.both() == (False, True)
    stop(running, id)
    assert inside.both() == (True, True)


def test_a_name_a_zone_and_private_addresses_are_found(running: EcsLab) -> None:
    running.settle()
    ec2, where = running.lab.client("ec2"), running.lab.addresses
    subnets = {s["AvailabilityZone"]: s for s in ec2.describe_subnets()["Subnets"] if s["CidrBlock"][:3] == "10."}
    zone = subnets[f"{US}b"]
    sources = ["db.storefront.test", zone["AvailabilityZoneId"], subnets[f"{US}c"]["CidrBlock"], f"{where.api}/32"]
    id = begin(running, ", ".join(sources))
    assert held(running, id) == [where.database(US), f"{US}b", f"{US}c", f"{where.api}/32"]
    stop(running, id)


def test_a_source_that_is_nowhere_fails_the_experiment(running: EcsLab) -> None:
    running.settle()
    id = begin(running, "10.99.0.0/16")
    until(lambda: running.lab.experiment(id)["state"]["status"] == "failed", "it failed")
    assert "no source '10.99.0.0/16'" in running.lab.experiment(id)["state"]["reason"]
