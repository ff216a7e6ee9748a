"""Carts in the memory of an instance that are saved behind its back, so that another instance finds them."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Mapping
from itertools import islice
from typing import Protocol

from harness.lab.storefront.carts import MOST_CARTS, Cart, NoCart

_MOST_AT_ONCE = 500
_RETRY_S = 0.05


class Table(Protocol):
    """Where they are saved. Both raise NoCart."""

    async def save(self, carts: Mapping[str, Cart]) -> None: ...
    async def load(self, session: str) -> Cart: ...


class SavedCarts:
    """Carts that are saved each `every_s` (real seconds), with 0 and while draining before a change is answered.

    A cart that this instance does not know, or knows in an older version than the shopper saw, is loaded. What was not
    saved yet is lost when the instance is killed.
    """

    def __init__(self, table: Table, every_s: float) -> None:
        self._table, self._every_s = table, every_s
        self._draining = False
        self._carts: OrderedDict[str, Cart] = OrderedDict()
        self._unsaved: dict[str, Cart] = {}

    async def look(self, session: str, known: int | None) -> Cart:
        """The cart of a session."""
        cart = self._have(session)
        if known is None or (cart is not None and cart.version >= known):
            return cart or self._keep(session, Cart())
        loaded = await self._table.load(session)
        # Meanwhile another request of the session may have loaded and even changed it.
        cart = self._have(session)
        if cart is not None and cart.version >= max(loaded.version, known):
            return cart
        loaded.version = max(loaded.version, known)
        return self._keep(session, loaded)

    async def add(self, session: str, sku: str, known: int | None) -> Cart:
        """Put a product into a cart; returns all that is in it."""
        cart = await self.look(session, known)
        cart.items.append(sku)
        return await self._changed(session, cart)

    async def remove(self, session: str, count: int) -> Cart:
        """Take out the oldest products of a cart; returns what is left."""
        cart = self._have(session) or Cart()
        del cart.items[:count]
        return await self._changed(session, cart)

    async def drain(self, draining: bool) -> None:
        """Save all carts, and each change from now on at once; returns when all are saved, however long that takes."""
        self._draining = draining
        while draining and self._unsaved:
            with contextlib.suppress(NoCart):
                await self._save_all()
                return
            await asyncio.sleep(_RETRY_S)

    async def follow(self) -> None:
        """Save what changed, for ever."""
        while True:
            await asyncio.sleep(self._every_s or _RETRY_S)
            with contextlib.suppress(NoCart):
                await self._save_all()

    def _have(self, session: str) -> Cart | None:
        return self._carts.get(session) or self._unsaved.get(session)

    def _keep(self, session: str, cart: Cart) -> Cart:
        self._carts[session] = cart
        if len(self._carts) > MOST_CARTS:
            self._carts.popitem(last=False)
        return cart

    async def _changed(self, session: str, cart: Cart) -> Cart:
        cart.version += 1
        self._unsaved[session] = cart
        shown = Cart([*cart.items], cart.version)
        if self._draining or not self._every_s:
            await self._save({session: cart})
        return shown

    async def _save_all(self) -> None:
        unsaved = iter([*self._unsaved.items()])
        while batch := dict(islice(unsaved, _MOST_AT_ONCE)):
            await self._save(batch)

    async def _save(self, batch: dict[str, Cart]) -> None:
        saved = {session: Cart([*cart.items], cart.version) for session, cart in batch.items()}
        await self._table.save(saved)
        for session, cart in batch.items():
            if self._unsaved.get(session) is cart and cart.version == saved[session].version:
                del self._unsaved[session]
