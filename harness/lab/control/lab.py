"""What every controller of a lab shares: recipe, addresses, data plane, truth, the one lock and the one loop."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.lab.addresses import Addresses
from harness.lab.plane import DataPlane
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth

log = logging.getLogger("lab")


def now() -> datetime:
    """The wall clock, which AWS timestamps are read from."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Lab:
    """Shared by the controllers. They live in `loop`; API threads call them under `lock` and never wait for the loop.

    moto is not thread safe: whoever touches its records holds `lock`.
    """

    recipe: Recipe
    addresses: Addresses
    plane: DataPlane
    truth: Truth
    loop: asyncio.AbstractEventLoop
    lock: threading.RLock = field(default_factory=threading.RLock)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def real(self, model_seconds: float) -> float:
        """How many real seconds a span of model seconds lasts."""
        return model_seconds / self.recipe.time_scale

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something in the loop, from any thread; what it raises goes to the log."""
        with contextlib.suppress(RuntimeError):  # there is no loop in a thread of the API
            if asyncio.get_running_loop() is self.loop:
                return self._start(work)
        self.loop.call_soon_threadsafe(self._start, work)
        return None

    async def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something to its end, even if whoever waits for it is cancelled: half of it would be worse."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    def soon(self, call: Callable[..., object], *arguments: Any) -> None:
        """Call something in the loop, from any thread."""
        self.loop.call_soon_threadsafe(call, *arguments)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of the lab failed", exc_info=error)

    def cancel(self) -> None:
        """End everything that was spawned."""
        for task in list(self._tasks):
            task.cancel()

    async def every(self, model_seconds: float, call: Callable[[], Awaitable[None]]) -> None:
        """Do something on a fixed beat for ever; a beat that raises is logged and the next one comes all the same."""
        beat, due = self.real(model_seconds), time.monotonic()
        while True:
            try:
                await call()
            except Exception:
                log.exception("a beat of the lab failed")
            due = max(due + beat, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
