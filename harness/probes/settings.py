"""What the prober process is told: one JSON file, written by the harness and read by the child."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

PROBES = "probes.jsonl"
LEDGER = "ledger.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """One population: the address it sends from and the EDNS client subnet it resolves with, both optional."""

    source: str | None = None
    client_subnet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProberSettings:
    """What to ask, from where and how often.

    Rates are per second and per population; `order_rate` 0 means no ledger. Timeouts are real seconds. `regions` maps
    a region to the addresses of its endpoint. `resolver` is "address:port", None for the system's. Order ids are
    "<order_prefix>-<population>-<n>". `redial` has a population that is not served dial fast until it is.
    """

    url: str
    directory: str
    order_prefix: str
    populations: Mapping[str, Clients]
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resolver: str | None = None
    time_scale: float = 1.0
    probe_rate: float = 20.0
    order_rate: float = 20.0
    redial: bool = True
    sku: str = "sku-1"
    connect_timeout: float = 1.0
    total_timeout: float = 2.0

    @property
    def probes(self) -> Path:
        """Where reads, DNS answers and watched connections are recorded."""
        return Path(self.directory) / PROBES

    @property
    def ledger(self) -> Path:
        """Where the writes are recorded."""
        return Path(self.directory) / LEDGER

    def save(self, path: Path) -> None:
        """Write the file for the child."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file again."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["populations"] = {name: Clients(**each) for name, each in content["populations"].items()}
        content["regions"] = {name: tuple(each) for name, each in content["regions"].items()}
        return cls(**content)
