"""One measure through all repeats as a strip of dots: a run each, with the bound, the median and its interval."""

import math
from collections.abc import Sequence

from harness.measures.order_statistics import Limits
from harness.model.verdict import Bound, Finding, Relation, Verdict
from harness.repeats import Repeated
from harness.reports.axis import Axis, ceiling, rows
from harness.reports.svg import box, element, line, path, rectangle, text
from harness.reports.wording import at_least, bound, measured, number, plain, unit_of

WIDTH, EDGE, GUTTER = 640.0, 14.0, 86.0
TOP, ROW, RADIUS, MOST_ROWS = 20.0, 13.0, 4.5, 12
FAR = 4  # times as far away as the values lie apart, a bound is only named


def strip(each: Repeated) -> str:
    """The dots over one axis of values; what was not measured stands at the right, outside of it."""
    axis = _axis(each)
    known = sorted((f for f in each.findings if f), key=_value)
    lanes = [min(n, MOST_ROWS - 1) for n in rows([_extent(f, axis) for f in known], gap=1.0)]
    floor = TOP + ROW * (max(lanes, default=0) + 1) + 2
    unknown = len(each.findings) - len(known)
    return element(
        "svg",
        _allowed(each, axis, floor),
        _interval(each, axis, floor),
        *(_dot(f, axis, floor - ROW * (lane + 0.5) - 2) for f, lane in zip(known, lanes, strict=True)),
        _median(each, axis, floor),
        line(EDGE, floor, WIDTH - GUTTER, floor, "ground"),
        *_ticks(each, axis, floor),
        *_unknown(unknown, floor),
        viewBox=f"0 0 {WIDTH:g} {floor + 36:g}",
        width=WIDTH,
        height=floor + 36,
        cls="dots",
        role="img",
        aria_label=_label(each),
    )


def _value(finding: Finding) -> float:
    return finding.measurement.value or 0.0


def _label(each: Repeated) -> str:
    told = ", ".join(measured(f) if f else "not measured" for f in each.findings)
    return f"{each.criterion.title}, bound {bound(each.criterion.bound)}: {told}"


def _axis(each: Repeated) -> Axis:
    """Everything that was measured, with its resolution and some room; the bound too where it is not far away."""
    ends = [e for f in each.findings if f for e in _span(f)]
    limit = each.criterion.bound.value
    far = (max(ends) - min(ends)) * FAR if ends else 0.0
    if not far or min(ends) - far <= limit <= max(ends) + far:
        ends.append(limit)
    low, high = min(ends), max(ends)
    if low >= 0 and low < high / 2:
        low = 0.0
    room = (high - low) * 0.06 or max(abs(high) * 0.06, 1.0)
    return Axis(since=low - (room if low else 0.0), until=high + room, left=EDGE, right=WIDTH - GUTTER)


def _span(finding: Finding) -> tuple[float, float]:
    value, resolution = _value(finding), finding.measurement.resolution
    return value - resolution, value + resolution


def _extent(finding: Finding, axis: Axis) -> tuple[float, float]:
    """From where to where its dot and its whisker reach, in pixels."""
    low, high = _span(finding)
    x = axis.x(_value(finding))
    right = axis.right if at_least(finding) else axis.x(high)
    return min(axis.x(low), x - RADIUS), max(right, x + RADIUS)


def _allowed(each: Repeated, axis: Axis, floor: float) -> str:
    limit = each.criterion.bound
    x = axis.x(limit.value)
    left, right = (axis.left, x) if limit.relation is Relation.AT_MOST else (x, axis.right)
    shade = box(left, TOP - 4, right - left, floor - TOP + 4, "allowed")
    if not axis.shows(limit.value, limit.value):
        return shade + _named(limit, axis)
    anchor = "start" if x < axis.left + axis.width * 0.2 else "end" if x > axis.right - axis.width * 0.2 else "middle"
    return shade + line(x, TOP - 6, x, floor + 3, "limit") + text(x, 10.0, bound(limit), "limit", anchor=anchor)


def _named(limit: Bound, axis: Axis) -> str:
    """A bound that lies too far away to be drawn, at the end beyond which it lies."""
    if limit.value > axis.until:
        return text(axis.right, 10.0, f"{bound(limit)} \N{RIGHTWARDS ARROW}", "limit", anchor="end")
    return text(axis.left, 10.0, f"\N{LEFTWARDS ARROW} {bound(limit)}", "limit", anchor="start")


def _interval(each: Repeated, axis: Axis, floor: float) -> str:
    if each.interval is None or not any(map(math.isfinite, _ends(each.interval.limits))):
        return ""
    left, right = (
        axis.x(e) if math.isfinite(e) else end
        for e, end in zip(_ends(each.interval.limits), (axis.left, axis.right), strict=True)
    )
    return path([rectangle(left, floor, right - left, 5.0)], "interval", title="confidence interval of the median")


def _ends(limits: Limits) -> tuple[float, float]:
    return limits.low, limits.high


def _median(each: Repeated, axis: Axis, floor: float) -> str:
    if each.median is None:
        return ""
    x = axis.x(each.median.value)
    told = f"median {number(each.median.value)} {plain(unit_of(each.criterion.bound.unit, each.median.value))}"
    return element("path", title=told, d=f"M{x:.1f} {floor - 1:.1f}l5 9h-10z", cls="median")


def _dot(finding: Finding, axis: Axis, y: float) -> str:
    """A dot, a diamond when not met, a ring when undecided; an arrow where the end was not seen."""
    x, tone = axis.x(_value(finding)), finding.verdict.value.lower()
    low, high = (axis.x(e) for e in _span(finding))
    whisker = line(low, y, high, y, "whisker")
    if at_least(finding):
        whisker = line(x, y, axis.right - 5, y, "whisker") + element(
            "path", d=f"M{axis.right:.1f} {y:.1f}l-6 -3.5v7z", cls="value"
        )
    mark = element("circle", cx=x, cy=y, r=RADIUS, cls="value")
    if finding.verdict is Verdict.FAIL:
        mark = element("path", d=f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z", cls="value")
    return element("g", whisker, mark, title=f"{measured(finding)}: {finding.verdict.value}", cls=tone)


def _ticks(each: Repeated, axis: Axis, floor: float) -> Sequence[str]:
    step = ceiling((axis.until - axis.since) / 6)
    first, last = math.ceil(axis.since / step - 1e-9), math.floor(axis.until / step + 1e-9)
    unit = plain(each.criterion.bound.unit)
    values = [n * step for n in range(first, last + 1)]
    drawn = [line(axis.x(v), floor, axis.x(v), floor + 4, "ground") for v in values]
    return [
        *drawn,
        *(
            text(axis.x(v), floor + 22, f"{v:.6g} {unit}" if v == values[-1] else f"{v:.6g}", "tick", anchor="middle")
            for v in values
        ),
    ]


def _unknown(count: int, floor: float) -> Sequence[str]:
    """Crosses for the runs that measured nothing."""
    if not count:
        return []
    left, y = WIDTH - GUTTER + 16, floor - ROW / 2 - 2
    crosses = [f"M{left + 11 * n:.1f} {y - 3.5:.1f}l7 7m0 -7l-7 7" for n in range(min(count, 6))]
    return [path(crosses, "unknown", title=f"{count} not measured"), text(left, floor + 22, f"{count} unknown", "tick")]
