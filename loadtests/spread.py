"""Counts spans of time by bucket, so that millions of them take no room."""

from harness.model.load import FINE


class Spread:
    """Whole microseconds in buckets of three significant digits, each named by its lowest value; the longest in ns."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.longest = 0

    def note(self, nanoseconds: int) -> None:
        """One span."""
        self.longest = max(self.longest, nanoseconds)
        micros = nanoseconds // 1000
        shift = micros.bit_length() - FINE
        if shift > 0:
            micros = micros >> shift << shift
        self._counts[micros] = self._counts.get(micros, 0) + 1

    def milliseconds(self) -> dict[str, float]:
        """p50, p99 and max; empty when nothing was noted."""
        if not self._counts:
            return {}
        return {"p50": self._at(0.5), "p99": self._at(0.99), "max": round(self.longest / 1e6, 3)}

    def _at(self, part: float) -> float:
        wanted = round((sum(self._counts.values()) - 1) * part)
        passed = 0
        for micros in sorted(self._counts):
            passed += self._counts[micros]
            if passed > wanted:
                break
        return micros / 1e3
