"""The execution environments of a function, as the daemon sees them."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from harness.lab.channel import ChannelError
from harness.lab.processes import Process

MOST = 10  # at once


class Throttled(Exception):
    """As many invocations run as there may be environments."""


class Crashed(Exception):
    """The process of an environment ended during an invocation."""


class Environments:
    """Forked when an invocation finds no idle one; what ran too long or was given up is killed.

    `fork(number)` makes one, `kill` ends one. Belongs in the loop.
    """

    def __init__(self, fork: Callable[[int], Awaitable[Process]], kill: Callable[[Process], None]) -> None:
        self._fork, self._kill = fork, kill
        self._idle: list[Process] = []
        self._numbers = itertools.count()
        self._busy = 0

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """What an invocation takes up from its beginning to its end. Raises Throttled."""
        if self._busy >= MOST:
            raise Throttled
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    async def run(self, request: str, event: Any, within_s: float) -> dict[str, Any]:
        """Run the code. Raises Crashed and TimeoutError (real seconds, without the start of a process)."""
        process = await self._environment()
        answer = await self._answer(process, request, event, within_s)
        self._idle.append(process)
        return answer

    async def _environment(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.running:
                return process
        return await self._fork(next(self._numbers))

    async def _answer(self, process: Process, request: str, event: Any, within_s: float) -> dict[str, Any]:
        assert process.channel is not None
        try:
            async with asyncio.timeout(within_s):
                answer: dict[str, Any] = await process.channel.call("invoke", request=request, event=event)
                return answer
        except BaseException as error:
            self._kill(process)
            process.channel.close()
            if isinstance(error, ChannelError):
                raise Crashed(str(error)) from error
            raise
