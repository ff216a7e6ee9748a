"""What an instance still says when it was told to end."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.lab.storefront import process
from harness.lab.storefront.counts import Counts


class Unsaved:
    """Carts whose table is out of reach."""

    async def drain(self, draining: bool) -> None:
        await asyncio.Event().wait()


class Site:
    """A web server without a request in flight."""

    async def cleanup(self) -> None: ...


class Told:
    """A channel, and what went over it."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    async def call(self, op: str, **arguments: Any) -> None:
        self.calls.append({"op": op, **arguments})


def test_what_was_sold_is_reported_even_if_the_carts_cannot_be_saved() -> None:
    async def scene() -> None:
        counts = Counts()
        counts.ordered(1500)
        shop, channel = SimpleNamespace(carts=Unsaved(), counts=counts, admission=None), Told()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await process._end(cast(Any, shop), cast(Any, Site()), cast(Any, channel))
        [report] = channel.calls
        assert (report["op"], report["orders"], report["revenue_cents"]) == ("report", 1, 1500)

    asyncio.run(scene())
