"""Carts that are kept, lost, or of which nobody knows."""

from typing import Any

import pytest

from loadtests.basket import Basket


def shown(*skus: str) -> dict[str, Any]:
    return {"cart": list(skus)}


def basket(*skus: str) -> Basket:
    made = Basket()
    made.added(200, shown(*skus))
    return made


def test_a_first_item_says_nothing_of_earlier_ones() -> None:
    assert Basket().added(200, shown("a")) is None


def test_a_cart_with_all_that_was_acknowledged_is_kept() -> None:
    assert basket("a").added(200, shown("a", "b")) == "kept"
    assert basket("a", "a").added(200, shown("a", "b", "a")) == "kept"


@pytest.mark.parametrize("items", [("b",), (), ("a", "b")])
def test_a_cart_that_lacks_what_was_acknowledged_is_lost(items: tuple[str, ...]) -> None:
    assert basket("a", "a").added(200, shown(*items)) == "lost"


def test_a_loss_is_counted_once() -> None:
    cart = basket("a", "b")
    assert cart.added(200, shown("c")) == "lost"
    assert cart.added(200, shown("c", "d")) == "kept"


@pytest.mark.parametrize("status", [None, 500, 503, 504])
def test_an_item_whose_answer_never_came_may_be_there_or_not(status: int | None) -> None:
    for later in (shown("a", "x", "b"), shown("a", "b")):
        cart = basket("a")
        assert cart.added(status, None) is None
        assert cart.added(200, later) == "kept"


def test_an_item_that_shows_later_counts_from_then_on() -> None:
    cart = basket("a")
    cart.added(None, None)
    cart.added(200, shown("a", "x", "b"))
    assert cart.added(200, shown("a", "b", "c")) == "lost"


@pytest.mark.parametrize("document", [None, [], {}, {"cart": None}, {"cart": 3}, "nonsense"])
def test_an_answer_that_shows_no_cart_says_nothing_and_changes_nothing(document: Any) -> None:
    cart = basket("a")
    assert cart.added(200, document) is None
    assert cart.added(200, shown("a", "b")) == "kept"


@pytest.mark.parametrize("items", [["a", "b"], ["b", "x", "a"], 2, 3])
def test_a_checkout_that_orders_all_keeps_the_cart(items: Any) -> None:
    assert basket("a", "b").checked_out(201, {"id": "o", "items": items}) == "kept"


@pytest.mark.parametrize("items", [["a"], [], 1, 0])
def test_a_checkout_that_orders_less_lost_the_cart(items: Any) -> None:
    assert basket("a", "b").checked_out(201, {"id": "o", "items": items}) == "lost"


def test_an_empty_cart_that_should_not_be_was_lost() -> None:
    assert basket("a").checked_out(409, {"error": "the cart is empty"}) == "lost"
    assert Basket().checked_out(409, {"error": "the cart is empty"}) is None


@pytest.mark.parametrize("status", [201, None, 500, 504, 409])
def test_after_a_checkout_the_cart_may_be_empty(status: int | None) -> None:
    cart = basket("a", "b")
    cart.checked_out(status, {"items": 2})
    assert cart.added(200, shown("c")) is None


@pytest.mark.parametrize("status", [503, 400])
def test_a_checkout_that_was_not_tried_leaves_the_cart(status: int) -> None:
    cart = basket("a")
    assert cart.checked_out(status, None) is None
    assert cart.added(200, shown("b")) == "lost"


def test_a_checkout_of_a_cart_nobody_knows_says_nothing() -> None:
    assert Basket().checked_out(201, {"items": 3}) is None
    assert basket("a").checked_out(201, {"items": None}) is None
