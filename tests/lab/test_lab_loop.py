"""What controllers have the loop of a lab do."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

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
