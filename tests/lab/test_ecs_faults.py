"""The faults of FIS on ECS: what clients of the storefront see of them, and that it ends."""

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from control_lab import PATIENT, US, until
from ecs_lab import LENIENT, SERVICE, TASKS, EcsLab, address_of, ecs_lab, one

from harness.lab.addresses import INSTANCE_PORT

pytestmark = [pytest.mark.lab, pytest.mark.alone]
CLUSTERS = {"Clusters": {"resourceType": "aws:ecs:cluster", "resourceTags": {"drill": "storefront"}}}


@pytest.fixture(scope="module")
def running() -> Iterator[EcsLab]:
    with ecs_lab(sticky=False, target_health=LENIENT) as lab:
        yield lab


@pytest.fixture
def ecs(running: EcsLab) -> EcsLab:
    running.settle()
    return running


def begin(ecs: EcsLab, action: str, target: dict[str, Any], **parameters: str) -> str:
    """Start an experiment of one action; returns when it runs or is over."""
    id = ecs.lab.start(ecs.lab.template(action, target, **parameters))
    until(lambda: status(ecs, id) not in ("pending", "initiating"), "the experiment runs")
    return id


def status(ecs: EcsLab, id: str) -> str:
    return str(ecs.lab.experiment(id)["state"]["status"])


def failure(ecs: EcsLab, id: str) -> str:
    """Why an experiment failed."""
    until(lambda: status(ecs, id) == "failed", "the experiment failed")
    return str(ecs.lab.experiment(id)["state"]["reason"])


def stop(ecs: EcsLab, id: str) -> None:
    ecs.lab.client("fis").stop_experiment(id=id)
    until(lambda: status(ecs, id) == "stopped", "the experiment is stopped")


def test_a_task_that_fis_stops_drains_and_is_replaced(ecs: EcsLab) -> None:
    victim, other = ecs.settle()
    id = begin(ecs, "aws:ecs:stop-task", one(ecs.task(victim)))
    until(lambda: victim not in ecs.serving(), "the balancer has been told that it drains")
    until(lambda: status(ecs, id) == "completed", "the experiment is over")
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "the task is stopped")
    assert f"AWS FIS ({id}/it)" in ecs.task(victim)["stoppedReason"]
    assert [e["status"] for e in ecs.lab.truth("task") if e["task"] == victim].count("DEACTIVATING") == 1
    assert other in ecs.settle() == ecs.serving()


def test_every_task_of_a_service_is_chosen_by_its_cluster_and_service(ecs: EcsLab) -> None:
    before = ecs.settle()
    named = {**TASKS["Tasks"], "parameters": {"cluster": ecs.cluster(), "service": SERVICE}}
    id = begin(ecs, "aws:ecs:stop-task", {"Tasks": named})
    until(lambda: status(ecs, id) == "completed", "both are stopped")
    assert not before & ecs.settle()
    other = {"Tasks": {**named, "parameters": {"cluster": "another"}}}
    nothing = begin(ecs, "aws:ecs:stop-task", other)
    assert "empty" in failure(ecs, nothing)


@pytest.mark.parametrize(("signal", "code"), [("SIGTERM", 143), ("SIGKILL", 137)])
def test_a_task_whose_process_is_killed_stops_without_draining_and_is_replaced(
    ecs: EcsLab, signal: str, code: int
) -> None:
    victim, other = ecs.settle()
    address = address_of(ecs.task(victim))
    begin(ecs, "aws:ecs:task-kill-process", one(ecs.task(victim)), processName=SERVICE, signal=signal)
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "the task is stopped")
    ended = ecs.task(victim)
    assert (ended["stopCode"], ended["containers"][0]["exitCode"]) == ("EssentialContainerExited", code)
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert "DEACTIVATING" not in [e["status"] for e in ecs.lab.truth("task") if e["task"] == victim]
    serving = ecs.settle()
    assert other in serving == ecs.serving()
    assert address not in ecs.states()


def test_a_process_that_no_task_has_is_not_killed_in_silence(ecs: EcsLab) -> None:
    before = ecs.settle()
    id = begin(ecs, "aws:ecs:task-kill-process", TASKS, processName="nginx")
    assert "the one process of its tasks is 'storefront'" in failure(ecs, id)
    assert ecs.settle() == before


def test_drained_container_instances_lose_their_tasks_and_come_back(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=3)
    before = ecs.settle(3)  # in two zones at least, so that a zone that drains has some

    def draining() -> set[str]:
        return set(client.list_container_instances(cluster=cluster, status="DRAINING")["containerInstanceArns"])

    id = begin(ecs, "aws:ecs:drain-container-instances", CLUSTERS, drainagePercentage="66", duration="PT1H")
    drained = until(draining, "two drain")
    assert len(drained) == 2

    def moved() -> bool:
        return not drained & {task["containerInstanceArn"] for task in ecs.tasks().values()}

    until(moved, "the tasks have moved")
    after = ecs.settle(3)
    (zone,) = {task["availabilityZone"] for task in ecs.tasks().values()}
    assert {ecs.answer()[:2] for _ in range(9)} == {(zone, id) for id in after}
    reasons = {ecs.task(task)["stoppedReason"] for task in before - after}
    assert reasons == {"The container instance of the task is draining"}
    stop(ecs, id)
    assert draining() == set()
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=4)
    ecs.settle(4)
    assert len({task["availabilityZone"] for task in ecs.tasks().values()}) > 1
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=2)
    ecs.settle()


def test_while_container_instances_drain_as_many_tasks_serve_as_are_desired(ecs: EcsLab) -> None:
    ecs.settle()
    id = begin(ecs, "aws:ecs:drain-container-instances", CLUSTERS, drainagePercentage="66", duration="PT1H")
    fewest = 2

    def moved() -> bool:
        nonlocal fewest
        fewest = min(fewest, list(ecs.states().values()).count("healthy"))
        return len({t["containerInstanceArn"] for t in ecs.tasks().values()}) == 1

    until(moved, "the tasks have moved")
    assert fewest == 2
    ecs.settle()
    stop(ecs, id)


def test_a_cluster_whose_container_instances_all_drain_keeps_its_tasks(ecs: EcsLab) -> None:
    before = ecs.settle()
    id = begin(ecs, "aws:ecs:drain-container-instances", CLUSTERS, drainagePercentage="100", duration="PT1H")
    until(lambda: "was unable to place a task" in str(ecs.service()["events"][0]), "the service says so")
    assert ecs.serving() == before
    again = begin(ecs, "aws:ecs:drain-container-instances", CLUSTERS, drainagePercentage="1", duration="PT1H")
    assert "no container instance" in failure(ecs, again)
    stop(ecs, id)
    assert ecs.settle() == before


def test_a_task_whose_cpu_is_busy_is_slow_and_the_other_is_not() -> None:
    with ecs_lab(sticky=False, target_health=PATIENT) as ecs:  # it is slow for its balancer, too
        victim, other = ecs.settle()
        usual = median(ecs.latencies()[victim])
        id = begin(ecs, "aws:ecs:task-cpu-stress", one(ecs.task(victim)), duration="PT1H", workers="4")

        def slow() -> bool:
            seen = ecs.latencies()
            return median(seen[victim]) > max(3 * usual, 3 * median(seen[other]))

        until(slow, "it is slow, and the other is not")
        stop(ecs, id)

        def quick() -> bool:
            seen = ecs.latencies()
            return median(seen[victim]) < 3 * median(seen[other])

        until(quick, "it is quick again")
        assert ecs.settle() == {victim, other}


def test_a_task_whose_disk_is_busy_writes_to_it_until_the_end(ecs: EcsLab) -> None:
    victim, other = ecs.settle()
    id = begin(ecs, "aws:ecs:task-io-stress", one(ecs.task(victim)), duration="PT1H", percent="50", workers="2")
    disks = ecs.lab.lab.directory / "disks"

    def written() -> list[int]:
        return [size for file in (disks / victim).glob("io-*") if (size := file.stat().st_size)]

    until(lambda: len(written()) == 2, "two workers write")
    assert not list((disks / other).glob("io-*"))
    stop(ecs, id)
    assert not list((disks / victim).glob("io-*"))


@pytest.mark.parametrize(("action", "parameters", "said"), [
    ("aws:ecs:task-io-stress", {"duration": "PT1M", "workers": "5"}, "5 workers"),
])  # fmt: skip
def test_what_the_lab_cannot_do_to_a_task_fails_the_experiment(
    ecs: EcsLab, action: str, parameters: dict[str, str], said: str
) -> None:
    before = ecs.settle()
    id = begin(ecs, action, TASKS, **parameters)
    assert said in failure(ecs, id)
    assert ecs.settle() == before


def test_a_task_that_nobody_reaches_is_replaced_by_one_that_is_reached(ecs: EcsLab) -> None:
    victim, other = ecs.settle()
    id = begin(
        ecs,
        "aws:ecs:task-network-blackhole-port",
        one(ecs.task(victim)),
        duration="PT1H",
        port=str(INSTANCE_PORT),
        trafficType="ingress",
    )
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "it is stopped")
    assert "failed ELB health checks" in ecs.task(victim)["stoppedReason"]
    assert other in ecs.settle() == ecs.serving()
    stop(ecs, id)


def test_a_service_whose_region_was_cut_off_comes_back_with_as_many_tasks(ecs: EcsLab) -> None:
    ecs.settle()
    subnets = {"Subnets": {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}}}
    id = begin(ecs, "aws:network:disrupt-connectivity", subnets, scope="all", duration="PT1H")
    until(lambda: "unable to consistently start tasks" in str(ecs.service()["events"]), "replacements fail too")
    assert "healthy" not in ecs.states().values()
    assert len(ecs.tasks()) >= 2
    stop(ecs, id)
    assert ecs.settle() == ecs.serving()


def test_the_names_of_the_service_are_in_the_descriptor(ecs: EcsLab) -> None:
    assert ecs.lab.stack["regions"][US]["ecs_service"] == SERVICE
