"""What a group does when a launch has failed."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from harness.lab.control.instances import Instance
from harness.lab.control.lab import Lab
from harness.lab.plane import DataPlaneError
from harness.lab.scaling.group import Group
from harness.lab.scaling.groups import PAUSE, Groups
from harness.lab.scaling.lives import Lives
from harness.lab.scaling.member import Member

US = "us-east-1"


class Failing:
    """Instances that can only be terminated; the launch of none succeeds."""

    async def launch(self, *asked: Any, **more: Any) -> bool:
        return False

    def leave(self, member: Member) -> None: ...

    async def terminate(self, ids: list[str]) -> None: ...


def test_a_launch_that_failed_is_tried_again_after_the_pause_without_any_event() -> None:
    async def story() -> list[bool]:
        nothing, failing, tried = cast(Any, SimpleNamespace()), Failing(), list[bool]()
        recipe = cast(Any, SimpleNamespace(time_scale=1000))
        loop = asyncio.get_running_loop()
        lab = Lab(recipe=recipe, addresses=nothing, plane=nothing, truth=nothing, loop=loop)
        groups = Groups(lab, cast(Any, failing), nothing)
        groups.lives = cast(Lives, failing)
        group = Group(name="g", region=US, arn="g", subnets=[], target_group="", balancer="", desired=1)
        groups.groups[US] = group
        member = Member(instance=Instance(id="i", region=US, zone=f"{US}a"))
        group.members["i"] = member
        groups.reconcile = lambda region: tried.append(groups._may_launch(group))  # type: ignore[method-assign]
        began = loop.time()
        async with asyncio.timeout(5):
            await groups._bring_up(group, member, "because", 0.0)
        assert loop.time() - began >= lab.real(PAUSE)
        assert not group.members
        return tried

    assert asyncio.run(story()) == [True]


def test_a_launch_that_the_balancer_does_not_take_fails_and_says_why() -> None:
    class NoBalancer:
        def register(self, region: str, id: str) -> None: ...

        async def apply(self, region: str) -> None:
            raise DataPlaneError("the balancer is not running")

    class Booting:
        async def boot(self, instance: Instance) -> None: ...

    async def story() -> Group:
        nothing = cast(Any, SimpleNamespace())
        recipe = cast(Any, SimpleNamespace(time_scale=1000))
        lab = Lab(recipe=recipe, addresses=nothing, plane=nothing, truth=nothing, loop=asyncio.get_running_loop())
        lives = Lives(lab, cast(Any, Booting()), cast(Any, NoBalancer()))
        group = Group(name="g", region=US, arn="g", subnets=[], target_group="", balancer="", desired=1)
        member = Member(instance=Instance(id="i", region=US, zone=f"{US}a"))
        assert not await lives.launch(group, member, "because", 0.0)
        return group

    [activity] = asyncio.run(story()).activities
    assert (activity.status, activity.message) == ("Failed", "the balancer is not running")
