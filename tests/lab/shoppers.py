"""Shoppers with cookies, who notice when something is missing from their carts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp

SHOPPERS, RATE = 8, 20.0


class Shopper:
    """One who puts a product into the cart now and then, and checks that what was acknowledged is there."""

    def __init__(self, url: str) -> None:
        self.url, self.acknowledged, self.lost, self.failed = url, 0, 0, 0
        self.served_by: list[str] = []
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=5))

    async def add(self) -> None:
        """One update of the cart."""
        try:
            async with self._session.post(f"{self.url}/cart", json={"sku": "SKU-01"}) as answer:
                if answer.status != 200:
                    self.failed += 1
                    return
                shown = len((await answer.json())["cart"])
        except (aiohttp.ClientError, TimeoutError):
            self.failed += 1
            return
        self.served_by.append(answer.headers["X-Served-By"].rsplit("/", 1)[1])
        self.lost += max(0, self.acknowledged + 1 - shown)
        self.acknowledged = shown

    async def close(self) -> None:
        """Close the browser."""
        await self._session.close()


@contextlib.asynccontextmanager
async def shopping(url: str) -> AsyncIterator[list[Shopper]]:
    """Shoppers who together update carts RATE times a second."""
    shoppers = [Shopper(url) for _ in range(SHOPPERS)]

    async def shop(one: Shopper) -> None:
        while True:
            await one.add()
            await asyncio.sleep(SHOPPERS / RATE)

    tasks = [asyncio.create_task(shop(one)) for one in shoppers]
    try:
        yield shoppers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(one.close() for one in shoppers))
