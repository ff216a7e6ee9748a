"""The volumes of databases stall or are slow, as those see it who place orders and who read."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from control_lab import EU, US, ControlLab, control_lab, until
from orders import Clients

from harness.lab.addresses import DATABASE_PORT

pytestmark = pytest.mark.lab

THE_VOLUME = {"Volumes": {"resourceType": "aws:ec2:ebs-volume", "resourceTags": {"drill": "storefront"}}}
PAUSE, LATENCY = "aws:ebs:pause-volume-io", "aws:ebs:volume-io-latency"
QUIET_S, LATE_MS = 1.0, 80


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US, EU], instances_per_region=1) as running:
        yield running


def sql(lab: ControlLab, region: str, text: str, within_s: float = 2.0) -> Any:
    """Ask a region's database over the network of the lab."""

    async def ask() -> Any:
        connection = await asyncpg.connect(
            host=lab.addresses.database(region), port=DATABASE_PORT, user="postgres", database="storefront", ssl=False
        )
        try:
            return await asyncio.wait_for(connection.fetchval(text), within_s)
        finally:
            connection.terminate()

    return asyncio.run(ask())


def status(lab: ControlLab, experiment: str, region: str = US) -> str:
    return str(lab.experiment(experiment, region)["state"]["status"])


def stopped(lab: ControlLab, experiment: str, region: str = US) -> None:
    lab.client("fis", region).stop_experiment(id=experiment)
    until(lambda: status(lab, experiment, region) == "stopped", "the experiment is stopped")


def commit_ms(lab: ControlLab, commits: int = 5) -> float:
    """How long one commit takes, the shortest of some."""

    async def measure() -> float:
        connection = await asyncpg.connect(
            host=lab.addresses.database(US), port=DATABASE_PORT, user="postgres", database="storefront", ssl=False
        )
        spent = []
        for _ in range(commits):
            began = time.perf_counter()
            await connection.execute("insert into orders (id, sku, region) values ('timed', 'SKU-01', 'test')")
            spent.append(time.perf_counter() - began)
        connection.terminate()
        return min(spent) * 1000

    return asyncio.run(measure())


def test_the_volume_of_a_database_is_described(lab: ControlLab) -> None:
    asked = [{"Name": "tag:drill", "Values": ["storefront"]}]
    found = lab.client("ec2").describe_volumes(Filters=asked)["Volumes"]
    assert [(v["AvailabilityZone"], v["State"], v["VolumeType"]) for v in found] == [(f"{US}a", "available", "gp3")]
    assert {"Key": "database", "Value": f"storefront-{US}"} in found[0]["Tags"]


def test_no_order_is_acknowledged_while_the_volume_is_paused_and_none_is_lost_after(lab: ControlLab) -> None:
    clients = Clients(lab, US, "paused").start()
    try:
        until(lambda: clients.since(0) > 50, "orders are placed")
        before = len(lab.truth("disk_paused"))
        experiment = lab.start(lab.template(PAUSE, THE_VOLUME, duration="PT1H"))
        until(lambda: len(lab.truth("disk_paused")) > before, "the volume is paused")
        # An order that was committed before may be acknowledged after.
        committed = set(sql(lab, US, "select array_agg(id) from orders where id like 'paused-%'"))
        assert sql(lab, US, "select count(*) from products") == 20, "what is in memory can be read"
        with pytest.raises(TimeoutError):
            sql(lab, US, "insert into orders (id, sku, region) values ('hangs', 'SKU-01', 'test')", QUIET_S)
        assert set(clients.acknowledged) <= committed
        assert status(lab, experiment) == "running"
        stopped(lab, experiment)
        mended = time.monotonic()
        until(lambda: clients.since(mended) > 50, "orders are placed again")
    finally:
        clients.stop()
    assert clients.lost() == set()


def test_a_paused_volume_of_one_region_leaves_the_other_readable_and_the_pause_ends_with_its_duration(
    lab: ControlLab,
) -> None:
    before = len(lab.truth("disk_mended"))
    experiment = lab.start(lab.template(PAUSE, THE_VOLUME, duration="PT10S"))
    until(lambda: status(lab, experiment) == "completed", "the experiment is over")
    assert len(lab.truth("disk_mended")) == before + 1
    assert sql(lab, EU, "select count(*) from products") == 20
    sql(lab, US, "insert into orders (id, sku, region) values ('after', 'SKU-01', 'test')")


def test_a_replica_whose_volume_is_paused_falls_behind_and_catches_up(lab: ControlLab) -> None:
    known = "select count(*) from orders where id = 'behind'"
    experiment = lab.start(lab.template(PAUSE, THE_VOLUME, EU, duration="PT1H"), EU)
    until(lambda: any(e["database"] == f"storefront-{EU}" for e in lab.truth("disk_paused")), "the volume is paused")
    sql(lab, US, "insert into orders (id, sku, region) values ('behind', 'SKU-01', 'test')")
    time.sleep(QUIET_S)  # in which it would have arrived
    assert sql(lab, EU, known) == 0
    stopped(lab, experiment, EU)
    until(lambda: sql(lab, EU, known) == 1, "the replica catches up")


def test_commits_take_as_much_longer_as_the_volume_is_late_and_reads_do_not(lab: ControlLab) -> None:
    usual, made = commit_ms(lab, commits=50), dict(duration="PT1H", writeIOLatencyMilliseconds=str(LATE_MS))
    experiment = lab.start(lab.template(LATENCY, THE_VOLUME, **made))
    until(lambda: lab.truth("disk_slowed"), "the volume is late")
    assert usual + LATE_MS <= commit_ms(lab) + 1
    stopped(lab, experiment)
    assert commit_ms(lab) < LATE_MS


@pytest.mark.parametrize(("parameters", "why"), [
    ({"writeIOLatencyMilliseconds": "101"}, "more than 100"),
    ({"writeIOPercentage": "50"}, "writeIOPercentage other than 100"),
])  # fmt: skip
def test_a_latency_that_the_lab_cannot_make_fails_the_experiment(
    lab: ControlLab, parameters: dict[str, str], why: str
) -> None:
    experiment = lab.start(lab.template(LATENCY, THE_VOLUME, duration="PT10S", **parameters))
    until(lambda: status(lab, experiment) == "failed", "the experiment fails")
    assert why in lab.experiment(experiment)["state"]["reason"]


def test_a_replica_has_no_commits_to_slow_down(lab: ControlLab) -> None:
    experiment = lab.start(lab.template(LATENCY, THE_VOLUME, EU, duration="PT10S"), EU)
    until(lambda: status(lab, experiment, EU) == "failed", "the experiment fails")
    assert "is a replica" in lab.experiment(experiment, EU)["state"]["reason"]


def test_what_is_wrong_with_a_volume_stays_when_a_second_fault_is_refused(lab: ControlLab) -> None:
    paused = len(lab.truth("disk_paused"))
    first = lab.start(lab.template(PAUSE, THE_VOLUME, duration="PT1H"))
    until(lambda: len(lab.truth("disk_paused")) > paused, "the volume is paused")
    second = lab.start(lab.template(LATENCY, THE_VOLUME, duration="PT10S"))
    until(lambda: status(lab, second) == "failed", "the second fails")
    assert "already" in lab.experiment(second)["state"]["reason"]
    with pytest.raises(TimeoutError):
        sql(lab, US, "insert into orders (id, sku, region) values ('hangs', 'SKU-01', 'test')", QUIET_S)
    stopped(lab, first)
    sql(lab, US, "insert into orders (id, sku, region) values ('after', 'SKU-01', 'test')")


def test_a_server_that_restarts_while_its_volume_is_paused_takes_writes_again(lab: ControlLab) -> None:
    before = len(lab.truth("disk_paused"))
    experiment = lab.start(lab.template(PAUSE, THE_VOLUME, duration="PT1H"))
    until(lambda: len(lab.truth("disk_paused")) > before, "the volume is paused")
    rebooted = len(lab.truth("database_rebooted"))
    lab.client("rds").reboot_db_instance(DBInstanceIdentifier=f"storefront-{US}")
    until(lambda: len(lab.truth("database_rebooted")) > rebooted, "the server restarts")
    sql(lab, US, "insert into orders (id, sku, region) values ('after', 'SKU-01', 'test')")
    stopped(lab, experiment)
