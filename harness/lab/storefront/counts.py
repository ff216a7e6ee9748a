"""What an instance has sold since it last said so."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Orders that were committed, their total, and carts that got their first product."""

    orders: int = 0
    revenue_cents: int = 0
    carts: int = 0

    def ordered(self, cents: int) -> None:
        """An order was committed."""
        self.orders += 1
        self.revenue_cents += cents

    def take(self) -> dict[str, int]:
        """What was counted; counting begins anew."""
        counted = {"orders": self.orders, "revenue_cents": self.revenue_cents, "carts": self.carts}
        self.orders = self.revenue_cents = self.carts = 0
        return counted
