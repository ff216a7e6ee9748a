"""CloudWatch metrics: what was put, and statistics of it. Times are wall-clock seconds, periods real seconds."""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KEPT = 3600.0  # real seconds
SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


@dataclass(frozen=True, slots=True, order=True)
class MetricKey:
    """A metric: namespace, name and its dimensions in order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """The key of a metric."""
    return MetricKey(namespace, name, tuple(sorted(dimensions.items())))


@dataclass(frozen=True, slots=True)
class Datum:
    """Some samples put at one moment. `values` is empty where only a statistic set was put."""

    at: float
    count: float
    total: float
    low: float
    high: float
    unit: str = "None"
    values: tuple[float, ...] = ()


def datum(at: float, values: Sequence[float], unit: str = "None") -> Datum:
    """A datum of plain values; there must be one at least."""
    return Datum(at, len(values), math.fsum(values), min(values), max(values), unit, tuple(values))


def statistic(data: Sequence[Datum], name: str) -> float | None:
    """One statistic of some data: SIMPLE or a percentile such as p95; none when the data cannot say."""
    if not data:
        return None
    count, total = sum(d.count for d in data), math.fsum(d.total for d in data)
    simple = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else None,
        "Minimum": min(d.low for d in data),
        "Maximum": max(d.high for d in data),
    }
    return simple[name] if name in simple else _percentile(data, name)


def _percentile(data: Sequence[Datum], name: str) -> float | None:
    match = _PERCENTILE.fullmatch(name)
    if match is None or not all(d.values for d in data):
        return None
    ordered = sorted(value for d in data for value in d.values)
    rank = float(match[1]) / 100 * (len(ordered) - 1)
    below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    return below + (above - below) * (rank - math.floor(rank))


def knows(name: str) -> bool:
    """Whether there is such a statistic."""
    return name in SIMPLE or _PERCENTILE.fullmatch(name) is not None


class Metrics:
    """The metrics of one region, kept for an hour."""

    def __init__(self) -> None:
        self._data: dict[MetricKey, list[Datum]] = defaultdict(list)

    def put(self, metric: MetricKey, new: Datum) -> None:
        """Keep a datum; times may come out of order."""
        data = self._data[metric]
        if data and new.at < data[-1].at:
            data.insert(bisect_left(data, new.at, key=lambda d: d.at), new)
        else:
            data.append(new)
        if data[0].at < data[-1].at - 1.1 * KEPT:
            del data[: bisect_left(data, data[-1].at - KEPT, key=lambda d: d.at)]

    def between(self, metric: MetricKey, since: float, until: float) -> list[Datum]:
        """The data in [since, until), by time."""
        data = self._data.get(metric, [])
        return data[bisect_left(data, since, key=lambda d: d.at) : bisect_left(data, until, key=lambda d: d.at)]

    def periods(self, metric: MetricKey, since: float, until: float, period: float) -> list[tuple[float, list[Datum]]]:
        """The data of [since, until) by period, each with its start; periods without data are left out."""
        buckets: dict[int, list[Datum]] = {}
        for one in self.between(metric, since, until):
            buckets.setdefault(math.floor(one.at / period), []).append(one)
        return [(number * period, data) for number, data in buckets.items()]

    def known(self) -> Iterable[MetricKey]:
        """Every metric that was ever put."""
        return sorted(list(self._data))
