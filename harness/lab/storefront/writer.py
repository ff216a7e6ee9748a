"""Following the writer record: which database takes orders now."""

import asyncio

from harness.lab.storefront.connections import Connections
from harness.lab.storefront.resolver import Resolver

_INSERT = "insert into orders (id, sku, region) values ($1, $2, $3)"


class Writer:
    """The connections to the database that the writer record names, renewed as soon as the record changes.

    The record is asked once each `ttl_s` (real seconds), as a resolver with that TTL would.
    """

    def __init__(self, resolver: Resolver, record: str, ttl_s: float, connect_s: float, most: int) -> None:
        self._resolver, self._record, self._ttl_s = resolver, record, ttl_s
        self._connect_s, self._most = connect_s, most
        self.connections: Connections | None = None

    async def follow(self) -> None:
        """Follow the record for ever."""
        while True:
            address = await self._resolver.resolve(self._record)
            if address and (self.connections is None or self.connections.address != address):
                self._move(address)
            await asyncio.sleep(self._ttl_s)

    def _move(self, address: str) -> None:
        if self.connections is not None:
            self.connections.close()
        self.connections = Connections(
            address, most=self._most, connect_s=self._connect_s, primary=True, statement=_INSERT
        )
