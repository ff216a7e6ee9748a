"""CloudWatch metrics: what was put, and statistics of it. Times are wall-clock seconds, periods real seconds."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.lab.control.metric_statistics import compute, extended, samples

KEPT = 3600.0  # real seconds


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
    """Some samples put at one moment: values, and how many of each. Only a statistic set has no values."""

    at: float
    count: float
    total: float
    low: float
    high: float
    unit: str = "None"
    values: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()


def datum(at: float, values: Sequence[float], unit: str = "None", counts: Sequence[float] | None = None) -> Datum:
    """A datum of plain values, each once unless counted; there must be one at least."""
    times = tuple(counts) if counts is not None else (1,) * len(values)
    total = math.fsum(value * count for value, count in zip(values, times, strict=True))
    return Datum(at, sum(times), total, min(values), max(values), unit, tuple(values), times)


def statistic_set(at: float, known: Mapping[str, float], unit: str = "None") -> Datum:
    """A datum of which only SampleCount, Sum, Minimum and Maximum are known.

    As on AWS its samples are known all the same when they are all the same.
    """
    count, total, low, high = (float(known[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    same = count == 1 or (low == high and math.isclose(total, low * count))
    return Datum(at, count, total, low, high, unit, (low,) if same else (), (count,) if same else ())


def statistic(data: Sequence[Datum], name: str) -> float | None:
    """One statistic of some data; none when the data cannot say.

    Extended statistics need the samples, which a statistic set lacks, and as on AWS none that is negative.
    """
    if not data:
        return None
    return _SIMPLE[name](data) if name in _SIMPLE else _extended(data, name)


def _count(data: Sequence[Datum]) -> float:
    return sum(d.count for d in data)


def _sum(data: Sequence[Datum]) -> float:
    return math.fsum(d.total for d in data)


def _average(data: Sequence[Datum]) -> float | None:
    count = _count(data)
    return _sum(data) / count if count else None


_SIMPLE: dict[str, Callable[[Sequence[Datum]], float | None]] = {
    "SampleCount": _count,
    "Average": _average,
    "Sum": _sum,
    "Minimum": lambda data: min(d.low for d in data),
    "Maximum": lambda data: max(d.high for d in data),
}


def _extended(data: Sequence[Datum], name: str) -> float | None:
    wanted = extended(name)
    if wanted is None or any(not d.values or d.low < 0 for d in data):
        return None
    return compute(wanted, samples((d.values, d.counts) for d in data))


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

    def periods(self, metric: MetricKey, period: float, numbers: range) -> dict[int, list[Datum]]:
        """The data by period, number n being [n, n + 1) times `period` seconds; those without data are left out."""
        found = dict[int, list[Datum]]()
        for one in self.between(metric, (numbers.start - 1) * period, (numbers.stop + 1) * period):
            if (number := math.floor(one.at / period)) in numbers:
                found.setdefault(number, []).append(one)
        return found

    def grid(self, metric: MetricKey, name: str, period: float, numbers: range) -> Iterator[float | None]:
        """A statistic of each period in turn; none without data."""
        found = self.periods(metric, period, numbers)
        return (statistic(found.get(number, ()), name) for number in numbers)

    def active(self, metric: MetricKey, since: float) -> bool:
        """Whether there is a datum since a time."""
        data = self._data.get(metric, [])
        return bool(data) and data[-1].at >= since

    def known(self) -> Iterable[MetricKey]:
        """Every metric that was ever put."""
        return sorted(list(self._data))
