"""The network faults of FIS on ECS tasks: which tasks clients find slow or gone, and that it ends."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from control_lab import until
from ecs_lab import TASKS, EcsLab, address_of, ecs_lab, one

from harness.lab.addresses import DATABASE_PORT, INSTANCE_PORT

pytestmark = [pytest.mark.lab, pytest.mark.alone]
PATIENT = {"interval": 50, "timeout": 40, "healthy": 2, "unhealthy": 10}  # so that nobody is replaced meanwhile


@pytest.fixture(scope="module")
def running() -> Iterator[EcsLab]:
    with ecs_lab(sticky=False, target_health=PATIENT) as lab:
        yield lab


@pytest.fixture
def pair(running: EcsLab) -> Iterator[tuple[str, str]]:
    """A task to strike, and one that should not notice; a test that fails strikes nobody after it."""
    victim, other = sorted(running.settle())
    yield victim, other
    for experiment in running.lab.client("fis").list_experiments()["experiments"]:
        if experiment["state"]["status"] == "running":
            stop(running, experiment["id"])


def asked(ecs: EcsLab, task: str, path: str = "/health", within: float = 1.5) -> tuple[int | None, float]:
    """The status that a task answers with (none: it does not), and how long it took; asked without the balancer."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://{address_of(ecs.task(task))}:{INSTANCE_PORT}{path}", timeout=within) as r:
            return r.status, time.monotonic() - began
    except urllib.error.HTTPError as error:
        return error.code, time.monotonic() - began
    except OSError:
        return None, time.monotonic() - began


def usual_s(ecs: EcsLab, task: str) -> float:
    """How long a task takes to answer; its first query on a connection to the database takes one round trip more."""
    return min(asked(ecs, task)[1] for _ in range(5))


def begin(ecs: EcsLab, action: str, target: dict[str, Any], **parameters: str) -> str:
    id = ecs.lab.start(ecs.lab.template(action, target, duration="PT1H", **parameters))
    until(lambda: ecs.lab.truth("impaired") and ecs.lab.truth("impaired")[-1]["name"] == f"{id}/it", "it holds")
    return id


def stop(ecs: EcsLab, id: str) -> None:
    ecs.lab.client("fis").stop_experiment(id=id)
    until(lambda: ecs.lab.experiment(id)["state"]["status"] == "stopped", "the experiment is stopped")


def test_a_task_whose_port_is_blackholed_cannot_be_reached_until_the_end(
    running: EcsLab, pair: tuple[str, str]
) -> None:
    victim, other = pair
    id = begin(
        running,
        "aws:ecs:task-network-blackhole-port",
        one(running.task(victim)),
        port=str(INSTANCE_PORT),
        trafficType="ingress",
    )
    assert asked(running, victim)[0] is None
    assert asked(running, other)[0] == 200
    stop(running, id)
    until(lambda: asked(running, victim)[0] == 200, "it is reached again")


def test_a_task_that_cannot_reach_a_port_answers_that_its_database_does_not(
    running: EcsLab, pair: tuple[str, str]
) -> None:
    victim, other = pair
    id = begin(
        running,
        "aws:ecs:task-network-blackhole-port",
        one(running.task(victim)),
        port=str(DATABASE_PORT),
        trafficType="egress",
        useEcsFaultInjectionEndpoints="true",
    )
    assert asked(running, victim, within=5)[0] == 503
    assert asked(running, other)[0] == 200
    stop(running, id)
    until(lambda: asked(running, victim)[0] == 200, "its database answers again")


def test_what_a_delayed_task_sends_arrives_late_and_its_neighbour_is_as_quick_as_ever(
    running: EcsLab, pair: tuple[str, str]
) -> None:
    victim, other = pair
    id = begin(
        running,
        "aws:ecs:task-network-latency",
        one(running.task(victim)),
        delayMilliseconds="300",
        jitterMilliseconds="0",
        useEcsFaultInjectionEndpoints="false",
    )
    # Its query to the database and its answer are both sent by it.
    assert usual_s(running, victim) >= 0.6
    assert usual_s(running, other) < 0.3
    seen = running.latencies(6)
    assert median(seen[victim]) >= 0.6
    assert median(seen[other]) < 0.3
    stop(running, id)
    until(lambda: usual_s(running, victim) < 0.3, "it is quick again")


def test_only_what_goes_to_the_sources_is_late(running: EcsLab, pair: tuple[str, str]) -> None:
    victim, other = pair
    (database,) = running.lab.client("rds").describe_db_instances()["DBInstances"]
    id = begin(
        running,
        "aws:ecs:task-network-latency",
        one(running.task(victim)),
        delayMilliseconds="300",
        jitterMilliseconds="0",
        sources=database["Endpoint"]["Address"],
    )
    assert 0.3 <= usual_s(running, victim) < 0.6  # the query is late, the answer is not
    assert usual_s(running, other) < 0.3
    stop(running, id)
    until(lambda: usual_s(running, victim) < 0.3, "it is quick again")


def test_a_source_that_is_not_there_fails_the_experiment(running: EcsLab, pair: tuple[str, str]) -> None:
    victim, _ = pair
    target = one(running.task(victim))
    id = running.lab.start(
        running.lab.template("aws:ecs:task-network-packet-loss", target, duration="PT1M", sources="nowhere.test")
    )
    until(lambda: running.lab.experiment(id)["state"]["status"] == "failed", "it fails")
    assert "nowhere.test" in running.lab.experiment(id)["state"]["reason"]


def test_a_lossy_task_waits_for_what_it_sends_again(running: EcsLab, pair: tuple[str, str]) -> None:
    victim, other = pair
    id = begin(running, "aws:ecs:task-network-packet-loss", one(running.task(victim)), lossPercent="60")

    def spoilt(task: str) -> int:
        """How many of a dozen requests did not pass as if nothing were."""
        answers = [asked(running, task, within=0.5) for _ in range(12)]
        return sum(status != 200 or seconds >= 0.2 for status, seconds in answers)

    assert spoilt(victim) >= 4
    assert spoilt(other) <= 2
    stop(running, id)
    until(lambda: spoilt(victim) <= 2, "nothing is lost any more")


@pytest.mark.parametrize(("parameters", "said"), [
    ({"port": "28000", "trafficType": "ingress", "protocol": "udp"}, "protocol 'udp'"),
])  # fmt: skip
def test_what_the_lab_cannot_do_to_the_network_of_a_task_fails_the_experiment(
    running: EcsLab, parameters: dict[str, str], said: str
) -> None:
    action = "aws:ecs:task-network-blackhole-port"
    id = running.lab.start(running.lab.template(action, TASKS, duration="PT1M", **parameters))
    until(lambda: running.lab.experiment(id)["state"]["status"] == "failed", "it fails")
    assert said in running.lab.experiment(id)["state"]["reason"]
