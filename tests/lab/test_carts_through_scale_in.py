"""Shoppers whose instance is taken away from under them: with draining, and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from plane_lab import PlaneLab, plane_lab, until
from shoppers import SHOPPERS, Shopper, shopping

from harness.lab.recipe import Recipe, SavedCarts, TargetHealthCheck

pytestmark = pytest.mark.lab
US = "us-east-1"
GONE, STAYS = f"i-{US}-0", f"i-{US}-1"
PATIENT = TargetHealthCheck(interval=60, timeout=50)  # who is sent away from a slow instance finds no cart, either


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlaneLab]:
    recipe = Recipe(
        regions=(US,),
        carts=SavedCarts(saved_every=600),
        deregistration_delay=request.param,
        target_health=PATIENT,
    )
    with plane_lab(tmp_path, recipe) as running:
        yield running


async def take_away(lab: PlaneLab, rest: dict[str, str], how: str) -> None:
    if how == "stopped":
        await lab.plane.stop_instance(GONE, graceful=True)
    await lab.plane.set_targets(US, rest)
    if how == "drained":
        await until(lambda: GONE not in lab.states(US))
    await lab.plane.stop_instance(GONE, graceful=how == "drained")


async def scale_in(lab: PlaneLab, how: str) -> list[Shopper]:
    """Take one of two instances away while all shop; returns when everybody has shopped on the other one."""
    targets = await lab.start_instances(US, 2)
    async with shopping(lab.url(US)) as shoppers:
        await until(lambda: min(one.acknowledged for one in shoppers) >= 4)
        assert {one.served_by[-1] for one in shoppers} == {GONE, STAYS}
        await take_away(lab, {STAYS: targets[STAYS]}, how)
        before = [len(one.served_by) for one in shoppers]
        await until(lambda: all(len(one.served_by) > n + 2 for one, n in zip(shoppers, before, strict=True)))
        assert {one.served_by[-1] for one in shoppers} == {STAYS}
    return shoppers


@pytest.mark.parametrize("lab", [10], indirect=True)
def test_no_cart_is_lost_and_nobody_fails_by_a_scale_in_with_draining(lab: PlaneLab) -> None:
    shoppers = lab.run(scale_in(lab, "drained"))
    assert [(one.lost, one.failed) for one in shoppers] == [(0, 0)] * SHOPPERS
    assert [e["saved"] for e in lab.truth("instance_draining")] == [True]


@pytest.mark.parametrize("lab", [0], indirect=True)
def test_carts_are_lost_by_a_scale_in_without_draining(lab: PlaneLab) -> None:
    shoppers = lab.run(scale_in(lab, "killed"))
    assert sum(one.lost for one in shoppers) >= 8
    assert lab.truth("instance_draining") == []


@pytest.mark.parametrize("lab", [0], indirect=True)
def test_an_instance_that_is_asked_to_end_saves_its_carts(lab: PlaneLab) -> None:
    shoppers = lab.run(scale_in(lab, "stopped"))
    assert [one.lost for one in shoppers] == [0] * SHOPPERS
    (stopping,) = lab.truth("instance_stopping")
    assert stopping["graceful"]
