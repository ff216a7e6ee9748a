"""What a load generator said of a server."""

from dataclasses import dataclass

PERCENTS = (50, 95, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Latencies in ms by percent (infinite: above all that was seen), availability in %."""

    requests: int
    latency: dict[int, float]
    availability: float
