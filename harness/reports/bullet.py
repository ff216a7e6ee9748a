"""A small graph of one value against its bound, with its uncertainty."""

from collections.abc import Callable

from harness.model.verdict import Finding, Relation, Verdict
from harness.reports.svg import box, element, line
from harness.reports.wording import at_least, bound, measured

WIDTH, HEIGHT, EDGE = 168.0, 26.0, 7.0
MIDDLE = HEIGHT / 2


def bullet(finding: Finding) -> str:
    """The allowed side of the bound as a band, the bound as a line, the value as a mark with a whisker."""
    low, high = _domain(finding)
    limit = finding.criterion.bound

    def x(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.0
        return EDGE + min(1.0, max(0.0, share)) * (WIDTH - 2 * EDGE)

    allowed = (EDGE, x(limit.value)) if limit.relation is Relation.AT_MOST else (x(limit.value), WIDTH - EDGE)
    title = f"{measured(finding)}, bound {bound(limit)}"
    return element(
        "svg",
        box(EDGE, MIDDLE - 4, WIDTH - 2 * EDGE, 8, "track"),
        box(allowed[0], MIDDLE - 4, allowed[1] - allowed[0], 8, "allowed"),
        line(x(limit.value), MIDDLE - 9, x(limit.value), MIDDLE + 9, "limit"),
        _value(finding, x),
        title=title,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
        aria_label=title,
        cls=f"bullet {finding.verdict.value.lower()}",
    )


def _value(finding: Finding, x: Callable[[float], float]) -> str:
    m = finding.measurement
    if m.value is None:
        return ""
    left, right = x(m.value - m.resolution), x(m.value + m.resolution)
    whisker = line(left, MIDDLE, right, MIDDLE, "whisker")
    whisker += "".join(line(end, MIDDLE - 4, end, MIDDLE + 4, "whisker") for end in (left, right))
    if at_least(finding):
        return _arrow(x(m.value)) + _mark(finding.verdict, x(m.value))
    return (whisker if right - left > 3 else "") + _mark(finding.verdict, x(m.value))


def _arrow(x: float) -> str:
    """The end was not seen: the value may lie anywhere to the right."""
    tip = element("path", d=f"M{WIDTH - EDGE:.1f} {MIDDLE}l-5 -3.5v7z", cls="value")
    return line(x, MIDDLE, WIDTH - EDGE - 4, MIDDLE, "whisker") + tip


def _mark(verdict: Verdict, x: float) -> str:
    """A dot, a diamond when not met, a ring when undecided: the shape says it without the colour."""
    if verdict is Verdict.FAIL:
        return element("path", d=f"M{x:.1f} {MIDDLE - 6}l6 6l-6 6l-6 -6z", cls="value")
    return element("circle", cx=x, cy=MIDDLE, r=4.5, cls="value")


def _domain(finding: Finding) -> tuple[float, float]:
    """From where to where the graph goes: from zero where less is better, close by where more is."""
    m, limit = finding.measurement, finding.criterion.bound
    values = [limit.value] if m.value is None else [limit.value, m.value - m.resolution, m.value + m.resolution]
    most, least = max(values), min(values)
    if limit.relation is Relation.AT_MOST:
        return min(0.0, m.value or 0.0), most * 1.25 if most > 0 else 1.0
    pad = max(most - least, abs(limit.value) * 0.01, 1e-9) * 0.6
    high = most + pad
    return least - pad, min(100.0, high) if limit.unit == "%" and most <= 100 else high
