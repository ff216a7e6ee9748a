"""The function `storefront-receipt`: the text of the receipt of an order."""

from collections.abc import Mapping
from typing import Any

from harness.lab.postgres.schema import PRODUCTS

_CATALOGUE = {sku: (name, cents) for sku, name, cents in PRODUCTS}


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The receipt of an order `{"id", "sku", "quantity": 1}`; KeyError where the order or the catalogue lacks it."""
    name, cents = _CATALOGUE[event["sku"]]
    quantity = int(event.get("quantity", 1))
    total = quantity * cents
    print(f"receipt of order {event['id']}")
    lines = (f"Order {event['id']}", f"{quantity} x {name} at {_money(cents)}", f"Total {_money(total)}")
    return {"order": event["id"], "total_cents": total, "text": "\n".join(lines)}


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
