"""The one timeline: every lane over one axis of model time, as SVG."""

from collections.abc import Callable

from harness.measures.capacity_readings import capacity_readings
from harness.model.history import History
from harness.reports.axis import Axis
from harness.reports.charts import Traffic, error_lane, latency_lane, throughput_lane, traffic
from harness.reports.episodes import phases
from harness.reports.frames import effect
from harness.reports.lanes import Lane, alarm_lane, dns_lane, fault_lane, heading, mark_lines, phase_bands, step_lane
from harness.reports.strips import strip_lane
from harness.reports.supply_lanes import capacity_lane, demand_lane, orders_lane
from harness.reports.svg import element, line, text
from harness.reports.wording import clock, environment, number, plain

WIDTH, LEFT, RIGHT = 1120.0, 104.0, 1066.0
COLOURS = 6
GAP, HEADING = 9.0, 16.0
CAPACITY_HINT = "instances that serve (full), are not healthy yet (half), start (light); line: desired"
ORDERS_HINT = "completed per real minute"


def region_colours(history: History) -> dict[str | None, str]:
    """The class that colours each region, the same in every lane, table and legend."""
    named = {r.region for r in history.requests if r.region} | {a.region for a in history.answers if a.region}
    named |= history.load.regions if history.load else set()
    named |= {region for region, readings in capacity_readings(history).items() if readings}
    return {region: f"r{n % COLOURS}" for n, region in enumerate(sorted(r for r in named if r))}


def draw(history: History, since: float, until: float, *, style: str = "") -> str:
    """The lanes of one part of the run; with a style it stands alone, without one it takes that of its page."""
    axis = Axis(since=since, until=max(until, since + 1e-3), left=LEFT, right=RIGHT, scale=history.time_scale)
    seen = effect(history)
    marked = mark_lines(history, axis, seen, 0, 0).height
    named = phase_bands(phases(history), axis, 0, 0).height
    top = marked + named + 4
    found = traffic(history, since, until, seen)
    body = _lanes(history, found, axis, top)
    bottom = top + body.height
    bands = phase_bands(phases(history), axis, marked, bottom - marked).markup
    lines = mark_lines(history, axis, seen, 0, bottom).markup
    scales = _scales(axis, bottom)
    inside = (f"<style>{style}</style>" if style else "") + bands + body.markup + lines + scales.markup
    return element(
        "svg",
        inside,
        title="" if not style else f"{plain(history.drill)} ({environment(history)})",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {bottom + scales.height:.0f}",
        role="img",
        aria_label="Timeline of the run",
        cls="timeline",
    )


def _lanes(history: History, found: Traffic, axis: Axis, top: float) -> Lane:
    colours = region_colours(history)
    per_bin = f"per {number(found.bins.width * axis.scale)} s" + (" of model time" if axis.scale != 1 else "")
    groups: tuple[tuple[str, str | None, Callable[[float], Lane]], ...] = (
        ("Fault", None, lambda y: fault_lane(history, axis, y)),
        ("Alarms", None, lambda y: alarm_lane(history, axis, y)),
        ("Runbook", None, lambda y: step_lane(history, axis, y)),
        ("DNS answer", "the region that clients resolve", lambda y: dns_lane(history, axis, y, colours)),
        ("Demand", "planned (line) and due requests per second", lambda y: demand_lane(history, found, axis, y)),
        ("Capacity", CAPACITY_HINT, lambda y: capacity_lane(history, axis, y, colours)),
        ("Served by", "answered requests per second, by region", lambda y: throughput_lane(found, axis, y, colours)),
        ("Errors", "requests not answered, per second", lambda y: error_lane(found, axis, y)),
        ("Latency", f"P50 and P95 from due time, {per_bin}", lambda y: latency_lane(found, axis, y)),
        (
            "Orders",
            ORDERS_HINT,
            lambda y: orders_lane(history, axis, y),
        ),
        ("Probes", "by when they were sent: answered, failed, or nobody knows", lambda y: strip_lane(history, axis, y)),
    )
    y, drawn = top, []
    for title, hint, lane in groups:
        above = 0.0 if hint is None else HEADING
        made = lane(y + GAP + above)
        if made.height:
            drawn.append(line(0, y + 3, WIDTH, y + 3, "rule") + made.markup + heading(y + GAP + 11, title, hint or ""))
            y += GAP + above + made.height
    return Lane(markup="".join(drawn), height=y - top)


def _scales(axis: Axis, top: float) -> Lane:
    """The axis of model time, and that of real seconds below it where they differ."""
    drawn = line(axis.left, top, axis.right, top, "axis")
    for x, value in axis.ticks():
        drawn += line(x, top, x, top + 4, "axis") + text(x, top + 16, clock(value), "time", anchor="middle")
    drawn += text(axis.left - 22, top + 16, "model time" if axis.scale != 1 else "time", "row", anchor="end")
    if axis.scale == 1:
        return Lane(markup=drawn, height=24)
    for x, value in axis.ticks(scale=1.0, most=20):
        drawn += line(x, top + 22, x, top + 25, "axis") + text(x, top + 36, number(value), "real", anchor="middle")
    drawn += text(axis.left - 22, top + 36, "real seconds", "row", anchor="end")
    return Lane(markup=drawn, height=42)
