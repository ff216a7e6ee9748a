"""The table of the writer's database that carts are saved in."""

import asyncio
import json
from collections.abc import Mapping

from harness.lab.storefront.carts import Cart, NoCart
from harness.lab.storefront.connections import DATABASE_ERRORS
from harness.lab.storefront.follower import Follower

_REACH_S, _ANSWER_S = 1.5, 2.0
# An instance that saves late must not undo what another one has saved since.
_SAVE = """
insert into carts (session, items, version)
select session, items::jsonb, version from unnest($1::text[], $2::text[], $3::bigint[]) as new (session, items, version)
on conflict (session) do update set items = excluded.items, version = excluded.version
where carts.version < excluded.version
"""
_LOAD = "select items, version from carts where session = $1"


class CartTable:
    """Saves and loads carts. Both raise NoCart when the writer does not answer."""

    def __init__(self, writer: Follower) -> None:
        self._writer = writer

    async def save(self, carts: Mapping[str, Cart]) -> None:
        """Save carts by session; on return they are committed."""
        sessions = sorted(carts)  # in one order, whoever saves: no deadlock
        items, versions = [json.dumps(carts[s].items) for s in sessions], [carts[s].version for s in sessions]
        try:
            async with self._writer.take(_REACH_S) as (connection, _), asyncio.timeout(_ANSWER_S):
                await connection.execute(_SAVE, sessions, items, versions)
        except DATABASE_ERRORS as error:
            raise NoCart(f"the writer does not save carts: {error!r}") from error

    async def load(self, session: str) -> Cart:
        """What was saved of a session, an empty cart if nothing was."""
        try:
            async with self._writer.take(_REACH_S) as (connection, _), asyncio.timeout(_ANSWER_S):
                row = await connection.fetchrow(_LOAD, session)
        except DATABASE_ERRORS as error:
            raise NoCart(f"the writer does not give carts: {error!r}") from error
        return Cart(json.loads(row["items"]), row["version"]) if row else Cart()
