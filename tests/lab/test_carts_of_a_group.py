"""Shoppers of an Auto Scaling group that is scaled in by its API."""

import asyncio

import pytest
from control_lab import PATIENT, US, ControlLab, control_lab, until
from shoppers import SHOPPERS, Shopper, shopping

pytestmark = pytest.mark.lab


def went_on(shopper: Shopper, shopped: int) -> bool:
    return len(shopper.served_by) > shopped + 2


async def scale_in(lab: ControlLab) -> list[Shopper]:
    """Have the group of two instances be one of one while all shop; returns when all shop at that one."""
    autoscaling = lab.client("autoscaling")
    name = lab.group(US)["AutoScalingGroupName"]

    def alone() -> bool:
        return len(lab.group(US)["Instances"]) == 1

    async with shopping(lab.stack["regions"][US]["url"]) as shoppers:
        await asyncio.to_thread(until, lambda: min(one.acknowledged for one in shoppers) >= 4, "all have carts")
        assert len({one.served_by[-1] for one in shoppers}) == 2
        await asyncio.to_thread(
            autoscaling.update_auto_scaling_group, AutoScalingGroupName=name, MinSize=1, DesiredCapacity=1
        )
        await asyncio.to_thread(until, alone, "one instance is left")
        shopped = [len(one.served_by) for one in shoppers]
        await asyncio.to_thread(until, lambda: all(map(went_on, shoppers, shopped)), "all go on shopping")
        assert len({one.served_by[-1] for one in shoppers}) == 1
    return shoppers


@pytest.mark.parametrize(("delay", "losing"), [(10, False), (0, True)], ids=["draining", "draining off"])
def test_a_group_that_is_scaled_in_keeps_carts_only_by_draining(delay: float, losing: bool) -> None:
    with control_lab(
        regions=[US],
        instances_per_region=2,
        carts={"saved_every": 600},
        deregistration_delay=delay,
        target_health=PATIENT,
    ) as lab:
        shoppers = asyncio.run(scale_in(lab))
    lost = [one.lost for one in shoppers]
    if losing:
        assert sum(lost) >= 8
    else:
        assert [*zip(lost, (one.failed for one in shoppers), strict=True)] == [(0, 0)] * SHOPPERS
