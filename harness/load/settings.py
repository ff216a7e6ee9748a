"""What Locust is told: one JSON file, named by DRILL_LOAD_CONFIG, written by the harness and read in the child."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from harness.model.rate import Point

CONFIG = "DRILL_LOAD_CONFIG"
LOAD = "load.jsonl"
SPARE = 1.2
FEWEST = 10
MOST = 5000


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
    """Who sends what to where. `rate` is requests per second over all populations before and after the profile, whose
    `points` are (model seconds since it began, requests per real second); `mix` holds the weights of the journeys,
    `think_time` and `stay` are model seconds; timeouts are real seconds."""

    url: str
    directory: str
    populations: Mapping[str, Crowd]
    rate: float
    mix: Mapping[str, int] = field(default_factory=lambda: {"browse": 70, "cart": 20, "order": 10})
    points: tuple[Point, ...] = ()
    think_time: float = 0.0
    stay: float = 0.0
    most_at_once: int = 0
    workers: int = 1
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resolver: str | None = None
    time_scale: float = 1.0
    seed: int = 1
    order_prefix: str = "load"
    connect_timeout: float = 2.0
    total_timeout: float = 5.0

    @property
    def records(self) -> Path:
        """Where the requests are recorded; `records_of` each further worker stands beside it."""
        return Path(self.directory) / LOAD

    def records_of(self, worker: int) -> Path:
        """Where one of several workers records."""
        return self.records.with_stem(f"{self.records.stem}-{worker}") if worker else self.records

    def share_of(self, population: str) -> float:
        """The part of the load, 0 to 1, that a population sends."""
        return self.populations[population].share / sum(crowd.share for crowd in self.populations.values())

    def rate_of(self, population: str) -> float:
        """Requests per second of one population before and after the profile."""
        return self.rate * self.share_of(population)

    def points_of(self, population: str) -> tuple[Point, ...]:
        """The profile of one population."""
        share = self.share_of(population)
        return tuple((at, rate * share) for at, rate in self.points)

    @property
    def highest_rate(self) -> float:
        """Requests per second at the highest point."""
        return max(self.rate, *(rate for _, rate in self.points), 0.0)

    @property
    def at_once(self) -> int:
        """How many requests may be under way: as told, or so many as a stall holds back until they time out."""
        busy = self.total_timeout + self.think_time / self.time_scale
        return self.most_at_once or min(MOST * self.workers, FEWEST + math.ceil(self.highest_rate * busy * SPARE))

    def users_of(self, population: str) -> int:
        """The shoppers of one population, each with one request at a time; none for a share of nothing."""
        return math.ceil(self.at_once * self.share_of(population))

    @property
    def users(self) -> int:
        """All users."""
        return sum(map(self.users_of, self.populations))

    def as_json(self) -> str:
        """As a file holds it, and a message to a worker."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def save(self, path: Path) -> None:
        """Write the file for the child."""
        path.write_text(self.as_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file again."""
        return cls.of_json(path.read_text(encoding="utf-8"))

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The settings that a text holds."""
        content: dict[str, Any] = json.loads(text)
        content["populations"] = {name: Crowd(**each) for name, each in content["populations"].items()}
        content["points"] = tuple((at, rate) for at, rate in content["points"])
        content["regions"] = {name: tuple(each) for name, each in content["regions"].items()}
        return cls(**content)
