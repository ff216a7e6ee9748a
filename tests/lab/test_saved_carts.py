"""Carts that are saved behind an instance's back, with a table in memory that several instances share."""

import asyncio
from collections.abc import Mapping

import pytest

from harness.lab.storefront.carts import Cart, NoCart
from harness.lab.storefront.saved_carts import SavedCarts

NEVER = 1e6


class Table:
    """Keeps the newest version of each cart, as the database does."""

    def __init__(self) -> None:
        self.rows: dict[str, Cart] = {}
        self.refusing = False

    async def save(self, carts: Mapping[str, Cart]) -> None:
        await asyncio.sleep(0)
        if self.refusing:
            raise NoCart("refused")
        for session, cart in carts.items():
            if session not in self.rows or self.rows[session].version < cart.version:
                self.rows[session] = cart

    async def load(self, session: str) -> Cart:
        await asyncio.sleep(0)
        if self.refusing:
            raise NoCart("refused")
        found = self.rows.get(session, Cart())
        return Cart([*found.items], found.version)


def test_a_cart_is_saved_on_draining_and_found_by_another_instance() -> None:
    async def scenario() -> None:
        table = Table()
        one, other = SavedCarts(table, NEVER), SavedCarts(table, NEVER)
        await one.add("s", "a", None)
        seen = await one.add("s", "b", 1)
        assert table.rows == {}
        await one.drain(True)
        assert (await other.add("s", "c", seen.version)).items == ["a", "b", "c"]

    asyncio.run(scenario())


def test_what_changes_while_an_instance_drains_is_saved_before_it_is_answered() -> None:
    async def scenario() -> None:
        table = Table()
        one = SavedCarts(table, NEVER)
        await one.drain(True)
        await one.add("s", "late", None)
        assert table.rows["s"].items == ["late"]
        await one.drain(False)
        await one.add("s", "later", 1)
        assert table.rows["s"].items == ["late"], "it is in service again"

    asyncio.run(scenario())


def test_what_was_not_saved_is_lost_with_its_instance_and_the_cart_goes_on_from_there() -> None:
    async def scenario() -> None:
        table = Table()
        one, other = SavedCarts(table, NEVER), SavedCarts(table, NEVER)
        await one.add("s", "a", None)
        await one.drain(True)
        await one.drain(False)
        seen = await one.add("s", "b", 1)
        answered = await other.add("s", "c", seen.version)
        assert answered.items == ["a", "c"]
        assert answered.version > seen.version, "what the dead one knew is older"

    asyncio.run(scenario())


def test_an_instance_that_a_shopper_comes_back_to_does_not_show_the_cart_of_long_ago() -> None:
    async def scenario() -> None:
        table = Table()
        one, other = SavedCarts(table, 0), SavedCarts(table, 0)
        await one.add("s", "a", None)
        seen = await other.add("s", "b", 1)
        assert (await one.add("s", "c", seen.version)).items == ["a", "b", "c"]

    asyncio.run(scenario())


def test_an_instance_that_saves_late_does_not_undo_what_another_saved() -> None:
    async def scenario() -> None:
        table = Table()
        one, other = SavedCarts(table, NEVER), SavedCarts(table, 0)
        await one.add("s", "old", None)
        await other.add("s", "new", 1)
        await one.drain(True)
        assert table.rows["s"].items == ["new"]

    asyncio.run(scenario())


def test_requests_of_one_session_that_come_at_once_all_find_the_saved_cart() -> None:
    async def scenario() -> None:
        table = Table()
        table.rows["s"] = Cart(["a"], 1)
        one = SavedCarts(table, NEVER)
        await asyncio.gather(*(one.add("s", sku, 1) for sku in "bcd"))
        assert sorted((await one.look("s", 4)).items) == ["a", "b", "c", "d"]

    asyncio.run(scenario())


def test_nobody_who_has_a_cart_gets_an_empty_one_because_the_table_is_out_of_reach() -> None:
    async def scenario() -> None:
        table = Table()
        table.refusing = True
        one = SavedCarts(table, NEVER)
        with pytest.raises(NoCart):
            await one.add("s", "a", 3)
        assert (await one.add("new", "a", None)).items == ["a"], "who is new has nothing to lose"

    asyncio.run(scenario())


def test_draining_goes_on_until_the_table_takes_the_carts() -> None:
    async def scenario() -> None:
        table = Table()
        one = SavedCarts(table, NEVER)
        await one.add("s", "a", None)
        table.refusing = True
        draining = asyncio.create_task(one.drain(True))
        await asyncio.sleep(0.02)
        assert not draining.done()
        table.refusing = False
        await draining
        assert table.rows["s"].items == ["a"]

    asyncio.run(scenario())


def test_what_was_ordered_leaves_the_cart_and_what_came_meanwhile_stays() -> None:
    async def scenario() -> None:
        table = Table()
        one = SavedCarts(table, 0)
        await one.add("s", "a", None)
        ordered = len((await one.look("s", 1)).items)
        await one.add("s", "b", 1)
        left = await one.remove("s", ordered)
        assert left.items == ["b"]
        assert table.rows["s"].items == ["b"]

    asyncio.run(scenario())
