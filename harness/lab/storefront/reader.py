"""Following the name of a database that is read from."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

from harness.lab.storefront.connections import Connections, NoConnection
from harness.lab.storefront.resolver import Resolver


class Reader:
    """The connections to the server that a name stands for, renewed as soon as it stands for another one.

    The name is asked once each `ttl_s` (real seconds), as a resolver with that TTL would.
    """

    def __init__(self, resolver: Resolver, name: str, ttl_s: float, connect_s: float, most: int) -> None:
        self._resolver, self._name, self._ttl_s = resolver, name, ttl_s
        self._connect_s, self._most = connect_s, most
        self._connections: Connections | None = None

    def take(self, within_s: float) -> AbstractAsyncContextManager[tuple[Any, Any]]:
        """A connection for one use; raises NoConnection."""
        if self._connections is None:
            raise NoConnection(f"{self._name} has no address")
        return self._connections.take(within_s)

    async def follow(self) -> None:
        """Follow the name for ever."""
        while True:
            address = await self._resolver.resolve(self._name)
            if address and (self._connections is None or self._connections.address != address):
                if self._connections is not None:
                    self._connections.close()
                self._connections = Connections(address, most=self._most, connect_s=self._connect_s)
            await asyncio.sleep(self._ttl_s)
