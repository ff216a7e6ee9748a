"""What a shopper knows of its own cart, and whether an answer shows all of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

CartSeen = Literal["kept", "lost"] | None
UNAVAILABLE = 503
EMPTY = 409


class Basket:
    """The items of one session that answers acknowledged. What nobody knows of is never counted as lost."""

    def __init__(self) -> None:
        self._acknowledged: Counter[str] = Counter()

    def added(self, status: int | None, document: Any) -> CartSeen:
        """An answer to an item put into the cart; None where it shows no cart, or nothing was acknowledged before."""
        items = document.get("cart") if isinstance(document, dict) else None
        if status is None or status >= 400 or not isinstance(items, list):
            return None
        shown = Counter(map(str, items))
        seen = self._seen(shown)
        self._acknowledged = shown  # with what an answer that never came had added
        return seen

    def checked_out(self, status: int | None, document: Any) -> CartSeen:
        """An answer to a checkout: it names what was ordered, or how much; an empty cart cannot be ordered."""
        if status == UNAVAILABLE:
            return None
        seen = None
        if status == EMPTY:
            seen = self._seen(Counter())
        elif status is not None and status < 400 and isinstance(document, dict):
            seen = self._ordered(document.get("items"))
        if status is None or status < 400 or status >= 500 or status == EMPTY:
            self._acknowledged = Counter()  # ordered, or nobody knows
        return seen

    def _ordered(self, items: Sequence[str] | int | None) -> CartSeen:
        if isinstance(items, list):
            return self._seen(Counter(map(str, items)))
        if not isinstance(items, int) or not self._acknowledged:
            return None
        return "kept" if items >= self._acknowledged.total() else "lost"

    def _seen(self, shown: Counter[str]) -> CartSeen:
        if not self._acknowledged:
            return None
        return "kept" if self._acknowledged <= shown else "lost"
