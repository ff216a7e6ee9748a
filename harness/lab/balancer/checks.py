"""Checking targets: GET /health on a new connection each time."""

import asyncio
from collections.abc import Callable

import aiohttp

from harness.lab.addresses import INSTANCE_PORT
from harness.lab.balancer.target import HEALTHY, Health, Target, failed, timed_out, wrong_code


class Checks:
    """Checks each target from its registration to its end. Spans are real seconds."""

    def __init__(self, source: str, interval_s: float, timeout_s: float, keep_on: Callable[[Target], bool]) -> None:
        connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True, limit=0)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._interval_s, self._timeout_s, self._keep_on = interval_s, timeout_s, keep_on
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_change: Callable[[], None] = lambda: None

    def begin(self, target: Target) -> None:
        """Check a target until it is no longer ours."""
        task = asyncio.get_running_loop().create_task(self._check_on(target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check_on(self, target: Target) -> None:
        while self._keep_on(target):
            asked = asyncio.get_running_loop().time()
            if target.check(await self._find(target)):
                self.on_change()
            spent = asyncio.get_running_loop().time() - asked
            await asyncio.sleep(max(0.0, self._interval_s - spent))

    async def _find(self, target: Target) -> Health:
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._session.get(f"http://{target.address}:{INSTANCE_PORT}/health") as response:
                    return HEALTHY if response.status == 200 else wrong_code(response.status)
        except TimeoutError:
            return timed_out()
        except (aiohttp.ClientError, OSError):
            return failed()
