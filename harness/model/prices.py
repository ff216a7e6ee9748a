"""What a rehearsal is paid by: prices with their date, and the bill they add up to. US dollars throughout."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices as a file has them; None is one that nobody filled in. `date` is ISO, the day they were looked up.

    `instance_type` is what the instances of the stack's groups are.
    """

    name: str
    date: str
    source: str
    fis_action_minute: float | None = None
    instance_type: str = ""
    instance_hour: Mapping[str, float | None] = field(default_factory=dict)
    load_worker_hour: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a bill: from `least` to `most` of something at a price each. None is what nobody knows."""

    name: str
    unit: str
    least: float | None
    most: float | None
    price: float | None

    @property
    def cost(self) -> tuple[float, float] | None:
        """Between which it lies; None where the quantity or its price is unknown. Nothing of it costs nothing."""
        if self.least is None or self.most is None:
            return None
        if not self.most:
            return 0.0, 0.0
        return None if self.price is None else (self.least * self.price, self.most * self.price)

    @property
    def unknown(self) -> str:
        """Why its cost is not known; empty when it is."""
        if self.cost is not None:
            return ""
        return f"how many {self.unit}s" if self.most is None else f"the price of {self.article} {self.unit}"

    @property
    def article(self) -> str:
        """That of the unit."""
        return "an" if self.unit[0] in "aeiou" else "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What was, or will be, used, and what is known of its cost."""

    items: tuple[Item, ...]

    @property
    def known(self) -> tuple[float, float]:
        """Between which the cost of all lies that has a price and an amount."""
        costs = [item.cost for item in self.items if item.cost is not None]
        return sum(low for low, _ in costs), sum(high for _, high in costs)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is missing to know all of it."""
        return tuple(item.unknown for item in self.items if item.unknown)
