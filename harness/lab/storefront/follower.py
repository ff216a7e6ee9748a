"""Following the name of a database: which server takes orders, or is read from, now."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

from harness.lab.storefront.connections import Connections, NoConnection
from harness.lab.storefront.resolver import Resolver


class Follower:
    """The connections to the server that a name stands for, renewed as soon as it stands for another one.

    The name is asked once each `ttl_s` (real seconds), as a resolver with that TTL would. `options` are those of
    Connections.
    """

    def __init__(self, resolver: Resolver, name: str, ttl_s: float, **options: Any) -> None:
        self._resolver, self._name, self._ttl_s, self._options = resolver, name, ttl_s, options
        self.connections: Connections | None = None

    def take(self, within_s: float) -> AbstractAsyncContextManager[tuple[Any, Any]]:
        """A connection for one use; raises NoConnection."""
        if self.connections is None:
            raise NoConnection(f"{self._name} has no address")
        return self.connections.take(within_s)

    async def follow(self) -> None:
        """Follow the name for ever."""
        while True:
            address = await self._resolver.resolve(self._name)
            if address and (self.connections is None or self.connections.address != address):
                if self.connections is not None:
                    self.connections.close()
                self.connections = Connections(address, **self._options)
            await asyncio.sleep(self._ttl_s)
