"""Where carts are kept: in the memory of one instance, or in the region's cache."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.lab.addresses import CACHE_PORT
from harness.lab.cache.resp import Refused, Reply, Session
from harness.lab.storefront.resolver import Resolver

_MOST_CARTS, _MOST_FREE = 50_000, 16
_ANSWER_S, _LIFETIME_S = 1.0, 3600


class NoCart(Exception):
    """The cart is out of reach."""


class Carts(Protocol):
    """What a shop asks of them."""

    async def add(self, session: str, sku: str) -> list[str]:
        """Put a product into a cart; returns all that is in it. Raises NoCart."""
        ...


@dataclass(slots=True)
class OwnCarts:
    """Carts that only this instance knows; the oldest go when there are too many."""

    _carts: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)

    async def add(self, session: str, sku: str) -> list[str]:
        """Put a product into a cart; returns all that is in it."""
        cart = self._carts.setdefault(session, [])
        cart.append(sku)
        if len(self._carts) > _MOST_CARTS:
            self._carts.popitem(last=False)
        return cart


class SharedCarts:
    """Carts in the cache that a name stands for. The name is asked once each `ttl_s` (real seconds)."""

    def __init__(self, resolver: Resolver, name: str, ttl_s: float) -> None:
        self._resolver, self._name, self._ttl_s = resolver, name, ttl_s
        self._address: str | None = None
        self._free: list[Session] = []

    async def add(self, session: str, sku: str) -> list[str]:
        """Put a product into a cart; returns all that is in it."""
        key = f"cart:{session}"
        commands = [("RPUSH", key, sku), ("EXPIRE", key, str(_LIFETIME_S)), ("LRANGE", key, "0", "-1")]
        try:
            async with asyncio.timeout(_ANSWER_S):
                replies = await self._ask(commands)
        except (OSError, TimeoutError, Refused) as error:
            raise NoCart(f"the cache does not take carts: {error!r}") from error
        return [str(item) for item in replies[-1]] if isinstance(replies[-1], list) else []

    async def follow(self) -> None:
        """Follow the name for ever."""
        while True:
            address = await self._resolver.resolve(self._name)
            if address and address != self._address:
                self._address = address
                self._forget()
            await asyncio.sleep(self._ttl_s)

    async def _ask(self, commands: Sequence[tuple[str, ...]]) -> list[Reply]:
        address, session = self._address, await self._session()
        try:
            replies = await session.ask_all(commands)
        except BaseException:
            session.close()
            self._forget()  # they lead to the same server
            raise
        if address == self._address and len(self._free) < _MOST_FREE:
            self._free.append(session)
        else:
            session.close()
        return replies

    async def _session(self) -> Session:
        while self._free:
            session = self._free.pop()
            if not session.broken:
                return session
            session.close()
        if self._address is None:
            raise ConnectionError(f"{self._name} has no address")
        return await Session.open(self._address, CACHE_PORT)

    def _forget(self) -> None:
        while self._free:
            self._free.pop().close()
