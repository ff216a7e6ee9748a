"""The databases: real replication over the network, promotion, rejoin, and what is lost."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from plane_lab import PlaneLab, plane_lab, until

from harness.lab.network.rule import Rule
from harness.lab.plane import DataPlaneError
from harness.lab.postgres.lag import Positions

pytestmark = pytest.mark.lab
US, EU, AP = "us-east-1", "eu-west-1", "ap-southeast-1"
QUIET_S = 0.3


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[PlaneLab]:
    with plane_lab(tmp_path) as running:
        yield running


async def has(lab: PlaneLab, region: str, order: str) -> bool:
    return order in await lab.order_ids(region)


async def caught_up(lab: PlaneLab, region: str) -> bool:
    return await lab.plane.replica_lag(f"storefront-{region}") == 0


def test_an_order_reaches_every_replica_along_the_chain_and_the_lag_returns_to_zero(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.order(US, "one")
        for region in (EU, AP):
            await until(lambda region=region: has(lab, region, "one"))
        for region, source in ((EU, US), (AP, EU)):
            state = lab.plane.databases()[f"storefront-{region}"]
            assert (state.role, state.source, state.running) == ("replica", f"storefront-{source}", True)
            await until(lambda region=region: caught_up(lab, region))
        assert lab.plane.databases()[f"storefront-{US}"].role == "primary"
        assert await lab.plane.replica_lag(f"storefront-{US}") is None

    lab.run(scenario())


def test_what_was_committed_but_under_way_at_the_cut_is_lost_exactly(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.order(US, "safe")
        await until(lambda: has(lab, AP, "safe"))
        # The link takes 38 ms, and a slow machine may need more than that between the commit and the cut.
        await lab.plane.impair("slow", [Rule(ends=(US,), others=(EU,), traffic="egress", delay_ms=1000)])
        await lab.order(US, "lost-1", "lost-2", "lost-2")
        await lab.plane.cut("outage", [US])
        await lab.plane.mend("slow")
        await lab.order(US, "lost-3")
        await lab.plane.promote(f"storefront-{EU}")
        await lab.order(EU, "new")
        await until(lambda: has(lab, AP, "new"))
        assert await lab.order_ids(EU) == ["new", "safe"]
        assert lab.plane.databases()[f"storefront-{EU}"].role == "primary"
        await lab.plane.mend("outage")
        await asyncio.sleep(QUIET_S)
        assert await lab.order_ids(EU) == ["new", "safe"], "nothing may arrive late"

        await lab.plane.delete_database(f"storefront-{US}")
        assert [event["ids"] for event in lab.truth("lost_rows")] == [["lost-1", "lost-2", "lost-2", "lost-3"]]
        await lab.plane.create_replica(f"storefront-{US}", US, f"storefront-{EU}")
        assert await lab.order_ids(US) == ["new", "safe"]
        await lab.order(EU, "newer")
        await until(lambda: has(lab, US, "newer"))
        assert lab.plane.databases()[f"storefront-{US}"].source == f"storefront-{EU}"

    lab.run(scenario())


def test_a_cut_replica_lags_and_catches_up_when_it_is_mended(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await until(lambda: caught_up(lab, EU))
        await lab.plane.cut("outage", [EU])
        await lab.order(US, "one")
        await asyncio.sleep(QUIET_S)
        lag = await lab.plane.replica_lag(f"storefront-{EU}")
        assert lag is not None
        assert lag >= QUIET_S
        await lab.plane.mend("outage")
        await until(lambda: has(lab, EU, "one"))
        await until(lambda: has(lab, AP, "one"))
        await until(lambda: caught_up(lab, EU))

    lab.run(scenario())


def test_a_replica_that_lost_its_source_for_long_streams_again(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.plane.cut("outage", [US])

        async def stopped_streaming() -> bool:
            return await lab.plane.replica_lag(f"storefront-{EU}") is None

        await until(stopped_streaming)
        await lab.order(US, "one")
        await lab.plane.mend("outage")
        await until(lambda: has(lab, AP, "one"))

    lab.run(scenario())


def test_a_rebooted_primary_keeps_its_orders_and_its_replicas(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.order(US, "before")
        await lab.plane.reboot(f"storefront-{US}")
        await lab.order(US, "after")
        await until(lambda: has(lab, AP, "after"))
        assert await lab.order_ids(AP) == ["after", "before"]

    lab.run(scenario())


def test_promoting_a_primary_changes_nothing_and_unknown_databases_are_errors(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.plane.promote(f"storefront-{US}")
        assert not lab.truth("promoted")
        with pytest.raises(DataPlaneError, match="there is no database"):
            await lab.plane.promote("nobody")
        with pytest.raises(DataPlaneError, match=f"{EU} has a database"):
            await lab.plane.create_replica("second", EU, f"storefront-{US}")
        await lab.plane.delete_database("nobody")

    lab.run(scenario())


def test_a_copy_from_a_cut_region_fails_and_leaves_nothing(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.plane.delete_database(f"storefront-{AP}")
        await lab.plane.cut("outage", [US])
        with pytest.raises(DataPlaneError, match="could not be copied"):
            await lab.plane.create_replica(f"storefront-{AP}", AP, f"storefront-{US}")
        assert f"storefront-{AP}" not in lab.plane.databases()
        await lab.plane.mend("outage")
        await lab.plane.create_replica(f"storefront-{AP}", AP, f"storefront-{US}")
        await until(lambda: caught_up(lab, AP))

    lab.run(scenario())


def test_the_age_of_a_replayed_position_is_that_of_the_last_one_seen_before_it() -> None:
    positions = Positions()
    assert positions.age(5) == 0, "nothing is known to be newer"
    positions.see(10)
    assert positions.age(10) == 0
    assert positions.age(12) == 0
    since_start = positions.age(5)
    assert since_start > 0
    positions.see(20)
    assert 0 < positions.age(15) < since_start + positions.age(15)
    assert positions.age(5) >= positions.age(15)
