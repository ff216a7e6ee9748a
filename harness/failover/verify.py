"""Verify that a region serves clients: reads answer and an order can be placed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from harness.aws.site import Site
from harness.failover.registry import Undo, step, unknown_regions
from harness.stack.descriptor import Stack

_TIMEOUT_SECONDS = 3.0


@step("verify")
class Verify:
    """Reads the catalogue and places one order through the region's own endpoint. There is nothing to undo."""

    options: tuple[str, ...] = ("region",)

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """It must be a region of the stack."""
        return unknown_regions(stack, options["region"])

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Nothing to remember: the order stays, as a customer's would."""
        return {}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Wait until both answer."""
        region = options["region"]
        url = site.stack.regions[region].url.rstrip("/")
        site.wait(lambda: _serves(url, site.stack.entry.record), within, f"{region} reads and takes orders")
        return f"{region} reads and takes orders"

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Nothing to put back."""
        return "nothing to undo"


def _serves(url: str, host: str) -> bool:
    import requests

    order = {"id": f"verify-{uuid4()}", "sku": "sku-1"}
    try:
        read = requests.get(f"{url}/catalogue", headers={"Host": host}, timeout=_TIMEOUT_SECONDS)
        write = requests.post(f"{url}/orders", json=order, headers={"Host": host}, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException:
        return False
    return read.ok and write.ok
