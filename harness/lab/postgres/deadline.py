"""Waiting for something true of a server, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from harness.lab.states import DataPlaneError

_POLL_S = 0.003


async def until(condition: Callable[[], Awaitable[bool]], deadline_s: float, otherwise: str) -> None:
    """Ask until the answer is yes; raises DataPlaneError after the deadline (real seconds)."""
    end = time.monotonic() + deadline_s
    while not await condition():
        if time.monotonic() > end:
            raise DataPlaneError(otherwise)
        await asyncio.sleep(_POLL_S)
