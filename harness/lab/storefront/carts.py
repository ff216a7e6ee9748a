"""Where carts are kept: in the memory of one instance, or in the region's cache."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.lab.addresses import CACHE_PORT
from harness.lab.cache.resp import Refused, Reply, Session
from harness.lab.storefront.resolver import Resolver

MOST_CARTS, _MOST_FREE = 50_000, 16
_ANSWER_S, _LIFETIME_S = 1.0, 3600


class NoCart(Exception):
    """The cart is out of reach."""


@dataclass(slots=True)
class Cart:
    """What is in a cart. `version` counts its changes where carts are saved, and is 0 elsewhere."""

    items: list[str] = field(default_factory=list)
    version: int = 0


class Carts(Protocol):
    """What a shop asks of them. `known` is the version that the shopper has seen, none of one who is new.

    All raise NoCart.
    """

    async def look(self, session: str, known: int | None) -> Cart:
        """The cart of a session."""
        ...

    async def add(self, session: str, sku: str, known: int | None) -> Cart:
        """Put a product into a cart; returns all that is in it."""
        ...

    async def remove(self, session: str, count: int) -> Cart:
        """Take out the oldest products of a cart, which were looked at before; returns what is left."""
        ...

    async def drain(self, draining: bool) -> None:
        """From now on shoppers go, or no longer go, to other instances: returns when these find all carts."""
        ...


@dataclass(slots=True)
class OwnCarts:
    """Carts that only this instance knows; the oldest go when there are too many."""

    _carts: OrderedDict[str, Cart] = field(default_factory=OrderedDict)

    async def look(self, session: str, known: int | None) -> Cart:
        """The cart of a session."""
        return self._carts.get(session) or Cart()

    async def add(self, session: str, sku: str, known: int | None) -> Cart:
        """Put a product into a cart; returns all that is in it."""
        cart = self._carts.setdefault(session, Cart())
        cart.items.append(sku)
        if len(self._carts) > MOST_CARTS:
            self._carts.popitem(last=False)
        return cart

    async def remove(self, session: str, count: int) -> Cart:
        """Take out the oldest products of a cart; returns what is left."""
        cart = self._carts.get(session) or Cart()
        del cart.items[:count]
        return cart

    async def drain(self, draining: bool) -> None:
        """Other instances will not find these."""


class SharedCarts:
    """Carts in the cache that a name stands for. The name is asked once each `ttl_s` (real seconds)."""

    def __init__(self, resolver: Resolver, name: str, ttl_s: float) -> None:
        self._resolver, self._name, self._ttl_s = resolver, name, ttl_s
        self._address: str | None = None
        self._free: list[Session] = []

    async def look(self, session: str, known: int | None) -> Cart:
        """The cart of a session."""
        return await self._last([("LRANGE", _key(session), "0", "-1")])

    async def add(self, session: str, sku: str, known: int | None) -> Cart:
        """Put a product into a cart; returns all that is in it."""
        key = _key(session)
        return await self._last([("RPUSH", key, sku), ("EXPIRE", key, str(_LIFETIME_S)), ("LRANGE", key, "0", "-1")])

    async def remove(self, session: str, count: int) -> Cart:
        """Take out the oldest products of a cart; returns what is left."""
        return await self._last([("LTRIM", _key(session), str(count), "-1"), ("LRANGE", _key(session), "0", "-1")])

    async def drain(self, draining: bool) -> None:
        """Every instance finds these anyway."""

    async def _last(self, commands: Sequence[tuple[str, ...]]) -> Cart:
        try:
            async with asyncio.timeout(_ANSWER_S):
                replies = await self._ask(commands)
        except (OSError, TimeoutError, Refused) as error:
            raise NoCart(f"the cache does not take carts: {error!r}") from error
        return Cart([str(item) for item in replies[-1]] if isinstance(replies[-1], list) else [])

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


def _key(session: str) -> str:
    return f"cart:{session}"
