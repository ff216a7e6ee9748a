"""A load profile as a picture: as characters for a terminal, and as SVG. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from harness.measures.units import amount
from harness.model.rate import Point, rate_at
from harness.reports.axis import Axis, ceiling
from harness.reports.svg import element, line, path, polyline, text

BARS = " ▁▂▃▄▅▆▇█"
ROWS = 10
LABEL = 8
WIDTH, HEIGHT = 960.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 34.0, 40.0
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600}"
    ".grid{stroke:#ddd}.course{fill:none;stroke:#0b62a4;stroke-width:2}"
)


def columns(points: Sequence[Point], count: int) -> list[float]:
    """The highest rate in each of `count` equal parts of the profile: a peak is seen however short it is."""
    lasts = points[-1][0]
    edges = [lasts * n / count for n in range(count + 1)]
    return [
        max(rate_at(points, a), *(rate for at, rate in points if a < at < b), _before(points, b))
        for a, b in pairwise(edges)
    ]


def _before(points: Sequence[Point], at: float) -> float:
    """The rate just before a moment: of a step only what came before it."""
    return next((rate for each, rate in points if each == at), rate_at(points, at))


def characters(points: Sequence[Point], width: int = 24) -> str:
    """The profile in one line, from nothing to its peak."""
    return "".join(_bar(value, max(columns(points, width))) for value in columns(points, width))


def _bar(value: float, most: float) -> str:
    if value <= 0 or most <= 0:
        return BARS[0]
    return BARS[max(1, round(value / most * (len(BARS) - 1)))]


def drawing(points: Sequence[Point], width: int = 80) -> str:
    """The profile in `ROWS` lines of characters, with its rates to the left and its times below."""
    top = ceiling(max(rate for _, rate in points))
    values = columns(points, max(10, width - LABEL - 2))
    rows = [_row(values, top, number) for number in range(ROWS, 0, -1)]
    axis = f"{'0':>{LABEL}} └{'─' * len(values)}"
    end = amount(points[-1][0], "s")
    return "\n".join([*rows, axis, f"{'':>{LABEL}}  0{end:>{len(values) - 1}}"])


def _row(values: Sequence[float], top: float, number: int) -> str:
    """Row `number`, counted from the bottom: full where the rate is above it, in eighths where it ends in it."""
    label = f"{top * number / ROWS:g}" if number % 2 == 0 else ""
    cells = [min(1.0, max(0.0, value / top * ROWS - (number - 1))) for value in values]
    return f"{label:>{LABEL}} │" + "".join(BARS[round(cell * (len(BARS) - 1))] for cell in cells).rstrip()


def draw(points: Sequence[Point], title: str) -> str:
    """A whole SVG file."""
    axis = Axis(since=0.0, until=points[-1][0], left=LEFT, right=WIDTH - RIGHT)
    top = ceiling(max(rate for _, rate in points))
    course = polyline((axis.x(at), _y(rate, top)) for at, rate in points)
    return element(
        "svg",
        element("style", _STYLE),
        text(LEFT, TOP - 14, title, "title"),
        *_rates(top),
        *_times(axis),
        path([course], "course"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
        aria_label=title,
    )


def _y(rate: float, top: float) -> float:
    return HEIGHT - BOTTOM - rate / top * (HEIGHT - BOTTOM - TOP)


def _rates(top: float) -> list[str]:
    values = [top * n / 4 for n in range(5)]
    return [
        line(LEFT, _y(v, top), WIDTH - RIGHT, _y(v, top), "grid")
        + text(LEFT - 8, _y(v, top) + 4, f"{v:g}", anchor="end")
        for v in values
    ] + [text(4, TOP - 14, "requests/s")]


def _times(axis: Axis) -> list[str]:
    y = HEIGHT - BOTTOM
    return [text(x, y + 18, str(timedelta(seconds=seconds)), anchor="middle") for x, seconds in axis.ticks(most=8)] + [
        text(WIDTH - RIGHT, y + 34, "model time", anchor="end")
    ]
