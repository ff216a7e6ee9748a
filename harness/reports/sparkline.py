"""One measure through many runs in the room of a word: as SVG, and as characters."""

from collections.abc import Sequence

from harness.model.verdict import Finding
from harness.reports.svg import element, line, path, polyline
from harness.reports.wording import bound, measured
from harness.trend import Series

WIDTH, HEIGHT, MARGIN = 220.0, 40.0, 5.0
BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def characters(series: Series, most: int = 24) -> str:
    """The last `most` points as bars from the smallest to the largest value; a dot where nothing was measured."""
    values = [_value(p.finding) for p in series.points][-most:]
    low, high = _range([v for v in values if v is not None])
    return "".join(NOTHING if v is None else BARS[_step(v, low, high)] for v in values)


def _step(value: float, low: float, high: float) -> int:
    return round((value - low) / (high - low) * (len(BARS) - 1)) if high > low else len(BARS) // 2


def draw(series: Series) -> str:
    """The points with their resolution and the bound, coloured by verdict; hovering tells the numbers."""
    found = [p.finding for p in series.points]
    low, high = _range(_extent(found))
    spots = [(_x(n, len(found)), f) for n, f in enumerate(found) if f is not None and _value(f) is not None]
    joined = polyline((x, _y(_value(f) or 0.0, low, high)) for x, f in spots)
    last = next((f for f in reversed(found) if f), None)
    limit = last.criterion.bound.value if last else high + 1.0
    label = f"{series.title} over {len(found)} runs: " + ", ".join(measured(f) for _, f in spots)
    return element(
        "svg",
        line(0, _y(limit, low, high), WIDTH, _y(limit, low, high), "limit") if low <= limit <= high else "",
        path([joined], "course"),
        *(_mark(x, f, low, high) for x, f in spots),
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        width=WIDTH,
        height=HEIGHT,
        cls="spark",
        role="img",
        aria_label=label,
    )


def _mark(x: float, finding: Finding, low: float, high: float) -> str:
    value, resolution = _value(finding) or 0.0, finding.measurement.resolution
    tone = finding.verdict.value.lower()
    told = f"{measured(finding)}, {bound(finding.criterion.bound)}: {finding.verdict.value}"
    whisker = line(x, _y(value - resolution, low, high), x, _y(value + resolution, low, high), f"whisker {tone}")
    return whisker + element("circle", title=told, cx=x, cy=_y(value, low, high), r=3.2, cls=f"value {tone}")


def _extent(found: Sequence[Finding | None]) -> list[float]:
    """Every value with its resolution; the bound too where it is near enough to leave room for them."""
    kept = [(f, v) for f in found if f is not None and (v := _value(f)) is not None]
    ends = [e for f, v in kept for e in (v - f.measurement.resolution, v + f.measurement.resolution)]
    low, high = _range(ends)
    near = [f.criterion.bound.value for f, _ in kept if low - (high - low) <= f.criterion.bound.value <= 2 * high - low]
    return ends + near


def _range(values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (0.0, 0.0)


def _x(number: int, count: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * (number / (count - 1) if count > 1 else 0.5)


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


def _value(finding: Finding | None) -> float | None:
    return finding.measurement.value if finding else None
