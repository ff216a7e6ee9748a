"""Lanes of the timeline that show what was asked of the stack, how much of it there was, and what the shop earned."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from harness.measures.capacity_readings import Reading, capacity_readings
from harness.measures.demand import Demand, demand
from harness.model.history import History
from harness.reports.axis import Axis, ceiling
from harness.reports.bins import Bins
from harness.reports.charts import Traffic, gridline, stairs
from harness.reports.lanes import Lane, label
from harness.reports.svg import line, path, polyline, rectangle
from harness.reports.wording import clock, number, plain

DEMAND, CAPACITY, ORDERS = 62.0, 40.0, 44.0
GAP = 8.0
NOTHING = Lane(markup="", height=0)
Stairs = Sequence[tuple[float, float, float]]
"""Since, until, and a value: real seconds."""


def demand_lane(history: History, found: Traffic, axis: Axis, top: float) -> Lane:
    """The planned rate as a line over the requests that were due, where a profile of load was in force."""
    risen = demand(history)
    if isinstance(risen, str):
        return NOTHING
    most = ceiling(max(risen.highest, *found.due, 1.0))
    frame = (top, DEMAND, most)
    area = [polyline(stairs(found.bins, axis, found.due, frame)), _down(found.bins, axis, top + DEMAND)]
    drawn = gridline(axis, top, f"{most:g}/s") + gridline(axis, top + DEMAND / 2, f"{most / 2:g}/s")
    drawn += path(area, "due", title="requests due, per second") if any(found.due) else ""
    planned = [(axis.x(at), top + DEMAND * (1 - rate / most)) for at, rate in _planned(risen, axis)]
    title = f"planned: {plain(risen.name)}, up to {number(risen.highest)} requests per second"
    drawn += path([polyline(planned)], "planned", title=title)
    return Lane(markup=drawn + line(axis.left, top + DEMAND, axis.right, top + DEMAND, "base"), height=DEMAND + 4)


def _down(into: Bins, axis: Axis, floor: float) -> str:
    """From the end of a stepped line to its floor, and back to its beginning."""
    ends = (axis.x(into.start(into.count)), axis.x(into.start(0)))
    return polyline([(x, floor) for x in ends], start="L") + "z"


def _planned(risen: Demand, axis: Axis) -> Iterator[tuple[float, float]]:
    """The corners of the planned rate that lie on the axis, and its ends there."""
    corners = [(risen.began + at / risen.time_scale, rate) for at, rate in risen.points]
    whole = [(risen.began, risen.base), *corners, (risen.ended, risen.base)]
    yield axis.since, risen.rate(axis.since)
    yield from ((at, rate) for at, rate in whole if axis.since < at < axis.until)
    yield axis.until, risen.rate(axis.until)


def capacity_lane(history: History, axis: Axis, top: float, colours: Mapping[str | None, str]) -> Lane:
    """The instances of each region: those that serve, that are not healthy yet, that start, and how many should be."""
    fleets = {region: readings for region, readings in capacity_readings(history).items() if readings}
    counts = [max(r.desired, r.launched) for readings in fleets.values() for r in readings]
    if not counts:
        return NOTHING
    most = ceiling(max(counts))
    rows = [
        _region(region, readings, axis, (top + n * (CAPACITY + GAP), CAPACITY, most), colours.get(region, "r-none"))
        for n, (region, readings) in enumerate(fleets.items())
    ]
    return Lane(markup="".join(rows), height=len(rows) * (CAPACITY + GAP))


def _region(
    region: str, readings: Sequence[Reading], axis: Axis, frame: tuple[float, float, float], colour: str
) -> str:
    top, height, most = frame
    serving = _stack(readings, axis, frame, lambda r: (0, r.serving))
    unready = _stack(readings, axis, frame, lambda r: (r.serving, r.in_service))
    pending = _stack(readings, axis, frame, lambda r: (r.in_service, r.launched))
    desired = [(x, top + height * (1 - value / most)) for x, value in _corners(_held(readings, axis), axis)]
    return (
        label(axis, top + height / 2 + 3, region)
        + gridline(axis, top, f"{most:g}")
        + path(serving, f"area {colour}", title=f"{region}: in service and healthy{_told(readings, axis)}")
        + path(unready, f"unready {colour}", title=f"{region}: in service, not healthy yet")
        + path(pending, f"pending {colour}", title=f"{region}: starting")
        + path([polyline(desired)], "desired", title=f"{region}: desired")
        + line(axis.left, top + height, axis.right, top + height, "base")
    )


def _told(readings: Sequence[Reading], axis: Axis) -> str:
    """The numbers behind a row, for whoever points at it."""
    rows = [f"{clock(r.at * axis.scale)} {r.serving} of {r.desired}" for r in readings]
    return "\n" + "\n".join(rows[:40])


def _held(readings: Sequence[Reading], axis: Axis) -> list[tuple[float, float, Reading]]:
    """Each reading with when it began and ended to be in force, as far as the axis shows it."""
    spans = [(a.at, b.at, a) for a, b in pairwise(readings)]
    return [(since, until, r) for since, until, r in spans if axis.shows(since, until) and until > since]


def _corners(held: Sequence[tuple[float, float, Reading]], axis: Axis) -> Iterator[tuple[float, float]]:
    for since, until, reading in held:
        yield axis.x(since), reading.desired
        yield axis.x(until), reading.desired


def _stack(
    readings: Sequence[Reading],
    axis: Axis,
    frame: tuple[float, float, float],
    ends: Callable[[Reading], tuple[int, int]],
) -> list[str]:
    """A box for each reading between two of its counts."""
    top, height, most = frame
    boxes = []
    for since, until, reading in _held(readings, axis):
        low, high = ends(reading)
        if high > low:
            x, y = axis.x(since), top + height * (1 - high / most)
            boxes.append(rectangle(x, y, axis.x(until) - x, height * (high - low) / most))
    return boxes


def orders_lane(history: History, axis: Axis, top: float) -> Lane:
    """Completed orders a minute of real time, over all regions, as the stack's own metric has them."""
    found = [(since, until, rate) for since, until, rate in _orders(history) if axis.shows(since, until)]
    if not found:
        return NOTHING
    most = ceiling(max(rate for _, _, rate in found))
    boxes = []
    for since, until, rate in found:
        x, high = axis.x(since), ORDERS * rate / most
        boxes.append(rectangle(x, top + ORDERS - high, max(0.0, axis.x(until) - x), high))
    grid = gridline(axis, top, f"{most:g}/min") + gridline(axis, top + ORDERS / 2, f"{most / 2:g}/min")
    base = line(axis.left, top + ORDERS, axis.right, top + ORDERS, "base")
    return Lane(
        markup=grid + path(boxes, "orders", title="orders completed, per real minute") + base, height=ORDERS + 4
    )


def _orders(history: History) -> Stairs:
    """The rate of each period: what every region completed in it."""
    opened = history.first("opened")
    names = (opened.data.get("business") if opened else None) or {}
    wanted = (names.get("namespace"), names.get("orders"))
    series = [s for s in history.series if (s.namespace, s.name) == wanted]
    sums: dict[tuple[float, float], float] = {}
    for each in series:
        for at, value in each.points:
            sums[at, each.period] = sums.get((at, each.period), 0.0) + value
    scale = history.time_scale
    return [(at, at + period / scale, 60 * scale * value / period) for (at, period), value in sorted(sums.items())]
