"""Lanes of the timeline that show how much: throughput, errors, latency."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from harness.model.history import History, Outcome
from harness.model.load import Load, Sample
from harness.reports.axis import Axis, ceiling
from harness.reports.bins import Bins, bins, percentile, rate, served
from harness.reports.lanes import Lane, label
from harness.reports.svg import line, path, polyline, rectangle, text

THROUGHPUT, ERRORS, LATENCY = 78.0, 24.0, 44.0
Values = Sequence[float]
Known = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What load did in the shown part of the run, by bin: rates per real second, latencies in ms.

    `due` are all requests that were due, answered or not.
    """

    bins: Bins
    due: Values
    regions: Mapping[str, Values]
    failed: Mapping[str, Values]
    unknown: Mapping[str, Values]
    p50: Mapping[str, Known]
    p95: Mapping[str, Known]


def traffic(history: History, since: float, until: float, effect: float | None) -> Traffic:
    """Gather the load of a part of the run, into bins of which one begins with the effect."""
    into, load = bins(since, until, effect), history.load or Load()
    if not load.populations:
        return Traffic(bins=into, due=[0.0] * into.count, regions={}, failed={}, unknown={}, p50={}, p95={})
    everyone = into.samples(load)
    each = {p: into.samples(load, p) for p in history.populations if p in load.populations}
    each = {p: samples for p, samples in each.items() if any(s.outcomes for s in samples)}
    return Traffic(
        bins=into,
        due=[sample.requests / into.width for sample in everyone],
        regions={region: served(everyone, into.width, region) for region in _regions(everyone)},
        failed={p: rate(g, into.width, Outcome.FAILED) for p, g in each.items()},
        unknown={p: rate(g, into.width, Outcome.INDETERMINATE) for p, g in each.items()},
        p50={p: percentile(g, 0.50) for p, g in each.items()},
        p95={p: percentile(g, 0.95) for p, g in each.items()},
    )


def _regions(samples: Sequence[Sample]) -> list[str]:
    return sorted({region for s in samples for outcome, region in s.outcomes if region and outcome is Outcome.OK})


def throughput_lane(found: Traffic, axis: Axis, top: float, colours: Mapping[str | None, str]) -> Lane:
    """Answered requests by the region that served them, stacked."""
    if not found.regions:
        return Lane(markup="", height=0)
    layers = [[0.0] * found.bins.count]
    for values in found.regions.values():
        layers.append([a + b for a, b in zip(layers[-1], values, strict=True)])
    most = ceiling(max(layers[-1]))
    frame = (top, THROUGHPUT, most)
    areas = "".join(
        path(
            _area(found.bins, axis, low, high, frame),
            f"area {colours.get(region, 'r-none')}",
            title=f"served by {region}",
        )
        for region, low, high in zip(found.regions, layers, layers[1:], strict=False)
    )
    grid = gridline(axis, top, f"{most:g}/s") + gridline(axis, top + THROUGHPUT / 2, f"{most / 2:g}/s")
    base = line(axis.left, top + THROUGHPUT, axis.right, top + THROUGHPUT, "base")
    return Lane(markup=grid + areas + base, height=THROUGHPUT + 4)


def _area(into: Bins, axis: Axis, low: Values, high: Values, frame: tuple[float, float, float]) -> list[str]:
    """A stepped area between two stacked values; the frame is (top, height, most)."""
    upper, lower = stairs(into, axis, high, frame), stairs(into, axis, low, frame)
    return [polyline(upper), polyline(lower[::-1], start="L"), "z"]


def stairs(into: Bins, axis: Axis, values: Values, frame: tuple[float, float, float]) -> list[tuple[float, float]]:
    """The corners of a stepped line; the frame is (top, height, most)."""
    top, height, most = frame
    points: list[tuple[float, float]] = []
    for value, group in groupby(range(into.count), key=lambda n: values[n]):
        held = list(group)
        y = top + height * (1 - value / most)
        points += [(axis.x(into.start(held[0])), y), (axis.x(into.start(held[-1] + 1)), y)]
    return points


def error_lane(found: Traffic, axis: Axis, top: float) -> Lane:
    """Requests not answered per second, one row a population: failed below, indeterminate above."""
    totals = [a + b for p in found.failed for a, b in zip(found.failed[p], found.unknown[p], strict=True)]
    most = ceiling(max(totals, default=0.0))
    drawn = "".join(_errors(found, p, axis, y, most) for p, y in zip(found.failed, _tops(top, ERRORS), strict=False))
    return Lane(markup=drawn, height=ERRORS * len(found.failed))


def _errors(found: Traffic, population: str, axis: Axis, top: float, most: float) -> str:
    failed, unknown = found.failed[population], found.unknown[population]
    height, worst = ERRORS - 6, max(map(sum, zip(failed, unknown, strict=True)), default=0.0)
    tops = [f + u for f, u in zip(failed, unknown, strict=True)]
    drawn = path(_columns(found.bins, axis, tops, top + height, height / most), "indeterminate")
    drawn += path(_columns(found.bins, axis, failed, top + height, height / most), "failed")
    name = text(axis.right + 6, top + height - 2, f"peak {worst:.3g}/s" if worst else "none", "tick")
    base = line(axis.left, top + height, axis.right, top + height, "base")
    return label(axis, top + height - 3, population) + base + drawn + name


def _columns(into: Bins, axis: Axis, values: Values, floor: float, per_unit: float) -> list[str]:
    shown = [(n, v) for n, v in enumerate(values) if v > 0]
    return [_column(axis, into.start(n), into.start(n + 1), floor, v * per_unit) for n, v in shown]


def _column(axis: Axis, since: float, until: float, floor: float, height: float) -> str:
    x = axis.x(since)
    return rectangle(x, floor - height, max(1.0, axis.x(until) - x), height)


def latency_lane(found: Traffic, axis: Axis, top: float) -> Lane:
    """P50 and P95 from due time, one row a population on one logarithmic scale."""
    drawn_values = (values for each in (found.p50, found.p95) for values in each.values())
    known = [v for values in drawn_values for v in values if v is not None and v > 0]
    if not known:
        return Lane(markup="", height=0)
    low, high = math.log10(min(known)) - 0.05, math.log10(max(known)) + 0.05
    scale = (min(low, high - 1), high)
    drawn = "".join(_latency(found, p, axis, y, scale) for p, y in zip(found.p50, _tops(top, LATENCY), strict=False))
    return Lane(markup=drawn, height=LATENCY * len(found.p50))


def _latency(found: Traffic, population: str, axis: Axis, top: float, scale: tuple[float, float]) -> str:
    height = LATENCY - 8

    def y(value: float) -> float:
        return top + height * (1 - (math.log10(value) - scale[0]) / (scale[1] - scale[0]))

    low = _points(found.bins, axis, found.p50[population], y)
    high = _points(found.bins, axis, found.p95[population], y)
    bands = [polyline(h) + polyline(lo[::-1], start="L") + "z" for h, lo in zip(high, low, strict=True)]
    return (
        label(axis, top + height / 2 + 3, population)
        + _decades(axis, scale, y)
        + path(bands, "spread")
        + path(map(polyline, low), "p50", title=f"P50 for {population}")
        + path(map(polyline, high), "p95", title=f"P95 for {population}")
    )


def _points(into: Bins, axis: Axis, values: Known, y: Callable[[float], float]) -> list[list[tuple[float, float]]]:
    """The known values as segments, broken wherever a bin had no answered request."""
    segments = []
    for known, group in groupby(range(into.count), key=lambda n: bool(values[n])):
        if known:
            placed = [(axis.x(into.start(n)), axis.x(into.start(n + 1)), y(values[n] or 1.0)) for n in group]
            (first, _, start), (_, last, end) = placed[0], placed[-1]
            segments.append([(first, start), *(((a + b) / 2, at) for a, b, at in placed), (last, end)])
    return segments


def _decades(axis: Axis, scale: tuple[float, float], y: Callable[[float], float]) -> str:
    low, high = scale
    values = [m * 10.0**d for d in range(math.floor(low), math.ceil(high) + 1) for m in (1, 3)]
    shown = [v for v in values if low <= math.log10(v) <= high]
    return "".join(gridline(axis, y(v), _ms(v)) for v in shown)


def _ms(value: float) -> str:
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"


def gridline(axis: Axis, y: float, name: str) -> str:
    """A line across the lane, and what value it stands for."""
    return line(axis.left, y, axis.right, y, "grid") + text(axis.right + 6, y + 3, name, "tick")


def _tops(top: float, height: float) -> list[float]:
    return list(accumulate([top] + [height] * 50))
