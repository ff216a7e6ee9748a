"""What controllers have the loop of a lab do."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.lab.control import plane
from harness.lab.control.lab import Lab


def test_what_must_not_be_left_half_done_goes_on_when_nobody_waits_any_more() -> None:
    async def story() -> list[str]:
        nothing = cast(Any, SimpleNamespace())
        lab = Lab(recipe=nothing, addresses=nothing, plane=nothing, truth=nothing, loop=asyncio.get_running_loop())
        done, go_on, begun = list[str](), asyncio.Event(), asyncio.Event()

        async def work() -> None:
            done.append("half")
            begun.set()
            await go_on.wait()
            done.append("whole")

        waiting = asyncio.create_task(lab.finish(work()))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        while done[-1] != "whole":
            await asyncio.sleep(0)
        return done

    assert asyncio.run(asyncio.wait_for(story(), 5)) == ["half", "whole"]


def test_a_look_at_everything_that_fails_is_not_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane, "RESYNC", 0.001)

    async def story() -> int:
        nothing, looks = cast(Any, SimpleNamespace()), list[str]()
        recipe = cast(Any, SimpleNamespace(time_scale=10.0, regions=("us-east-1",)))
        lab = Lab(recipe=recipe, addresses=nothing, plane=nothing, truth=nothing, loop=asyncio.get_running_loop())

        def reconcile(region: str) -> None:
            looks.append(region)
            raise LookupError(region)

        control = object.__new__(plane.ControlPlane)
        control.lab, control.capacity = lab, cast(Any, SimpleNamespace(reconcile=reconcile))
        lab.spawn(control._resync())
        async with asyncio.timeout(5):
            while len(looks) < 3:
                await asyncio.sleep(0.001)
        lab.cancel()
        return len(looks)

    assert asyncio.run(story()) >= 3
