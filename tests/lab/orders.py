"""Clients of a storefront for contract tests: they place orders without pause and remember what was acknowledged."""

import threading
import time
from dataclasses import dataclass, field
from itertools import count

import requests
from control_lab import ControlLab

from harness.lab.addresses import BALANCER_PORT

_ANSWER_S = 20.0


@dataclass(slots=True)
class Clients:
    """Some clients of one region. Times are monotonic, of the acknowledgement."""

    lab: ControlLab
    region: str
    prefix: str
    acknowledged: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where they place orders."""
        return f"http://{self.lab.addresses.load_balancer(self.region)}:{BALANCER_PORT}/orders"

    def start(self, number: int = 4) -> "Clients":
        """Set them going."""
        self._threads = [threading.Thread(target=self._order, args=(n,)) for n in range(number)]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Have them end, once each has its last answer."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def since(self, moment: float) -> int:
        """How many orders were acknowledged after a moment."""
        return sum(at > moment for at in list(self.acknowledged.values()))

    def lost(self) -> set[str]:
        """The acknowledged orders that the writer does not have."""
        audit = requests.get(self.url, params={"prefix": self.prefix}, timeout=_ANSWER_S)
        audit.raise_for_status()
        return set(self.acknowledged) - set(audit.json()["orders"])

    def _order(self, client: int) -> None:
        with requests.Session() as session:
            for n in count():
                if self._over.is_set():
                    return
                id = f"{self.prefix}-{client}-{n}"
                try:
                    answer = session.post(self.url, json={"id": id, "sku": "SKU-01"}, timeout=_ANSWER_S)
                except requests.RequestException:
                    continue
                if answer.status_code == 201:
                    self.acknowledged[id] = time.monotonic()
