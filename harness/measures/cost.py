"""What the rehearsal cost."""

from harness.measures.bill import bill, prices_of
from harness.measures.registry import Scope, measure
from harness.measures.units import amount
from harness.model.history import History
from harness.model.prices import Item
from harness.model.verdict import Measurement, unmeasured


@measure("cost", unit="USD", population=False, needs=("prices",))
def cost(history: History, scope: Scope) -> Measurement:
    """US dollars for FIS actions, instances and load workers at the prices that were named, as on AWS.

    Model time: in a lab nobody pays. Where a price is missing what is known is no measurement.
    """
    prices = prices_of(history)
    if prices is None:
        return unmeasured("USD", 'no prices were named: Given the prices of "..."')
    found = bill(history, prices)
    low, high = found.known
    shown = {item.name: list(item.cost) if item.cost else None for item in found.items}
    if found.unknown:
        because = (
            f"{' and '.join(found.unknown)} is unknown; what is known adds up to {amount((low + high) / 2, 'USD')}"
        )
        return unmeasured("USD", because, known=[low, high], items=shown)
    return Measurement(
        value=(low + high) / 2,
        unit="USD",
        resolution=(high - low) / 2,
        because=f"{' + '.join(told(item) for item in found.items)}, at the prices of {prices.name}",
        limited_by="when exactly actions and instances began and ended",
        evidence={"items": shown, "prices": prices.name, "date": prices.date},
    )


def told(item: Item) -> str:
    """One item in words."""
    of = f"{_amount(item)} {item.unit}s" if item.most is not None else f"{item.unit}s unknown"
    dollars = "unknown" if item.cost is None else amount(sum(item.cost) / 2, "USD")
    return f"{item.name} {dollars} ({of})"


def _amount(item: Item) -> str:
    least, most = (f"{each:.3g}" for each in (item.least or 0.0, item.most or 0.0))
    return least if least == most else f"{least} to {most}"
