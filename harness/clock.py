"""One clock: real monotonic seconds, and model time that runs `time_scale` times faster on the lab.

On AWS the scale is 1 and both are the same. Durations in a drill, a profile and a report are model time.
Request latencies and rates are never scaled.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Converts between real and model time, and reads `at`: real seconds since `origin_ns` (CLOCK_MONOTONIC)."""

    time_scale: float = 1.0
    origin_ns: int = field(default_factory=time.monotonic_ns)

    def at(self) -> float:
        """Real seconds since the start of the run."""
        return (time.monotonic_ns() - self.origin_ns) / 1e9

    def wall(self) -> datetime:
        """What the clock of this machine says; for people and for AWS, never for a measurement."""
        return datetime.now(UTC)

    def real(self, model: timedelta) -> float:
        """How many real seconds a span of model time lasts."""
        return model.total_seconds() / self.time_scale

    def model(self, real_seconds: float) -> timedelta:
        """How much model time passes in so many real seconds."""
        return timedelta(seconds=real_seconds * self.time_scale)
