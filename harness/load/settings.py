"""What Locust is told: one JSON file, named by DRILL_LOAD_CONFIG, written by the harness and read in the child."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

CONFIG = "DRILL_LOAD_CONFIG"
LOAD = "load.jsonl"
MOST_PER_USER = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The users of one population: their part of the load, where they send from and resolve with.

    `share` counts against the sum of all shares.
    """

    share: float
    source: str | None = None
    client_subnet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """Who sends what to where. `rate` is requests per second over all populations, `mix` the weights of what users do
    (browse, cart, order); timeouts are real seconds."""

    url: str
    directory: str
    populations: Mapping[str, Crowd]
    rate: float
    mix: Mapping[str, int] = field(default_factory=lambda: {"browse": 70, "cart": 20, "order": 10})
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resolver: str | None = None
    time_scale: float = 1.0
    seed: int = 1
    order_prefix: str = "load"
    connect_timeout: float = 2.0
    total_timeout: float = 5.0

    @property
    def records(self) -> Path:
        """Where the requests are recorded."""
        return Path(self.directory) / LOAD

    def rate_of(self, population: str) -> float:
        """Requests per second of one population."""
        whole = sum(crowd.share for crowd in self.populations.values())
        return self.rate * self.populations[population].share / whole

    def users_of(self, population: str) -> int:
        """So many users that none sends more than one request per second; none for a share of nothing."""
        return math.ceil(self.rate_of(population) / MOST_PER_USER)

    @property
    def users(self) -> int:
        """All users."""
        return sum(map(self.users_of, self.populations))

    def save(self, path: Path) -> None:
        """Write the file for the child."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file again."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["populations"] = {name: Crowd(**each) for name, each in content["populations"].items()}
        content["regions"] = {name: tuple(each) for name, each in content["regions"].items()}
        return cls(**content)
