"""The numbers behind a timeline, for the crosshair of the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.measures.capacity_readings import at_moment, capacity_readings
from harness.measures.demand import demand
from harness.model.history import History
from harness.reports.charts import Known, Traffic, traffic
from harness.reports.episodes import phases
from harness.reports.timeline import LEFT, RIGHT, WIDTH


def numbers(history: History, since: float, until: float, effect: float | None) -> Mapping[str, Any]:
    """What the crosshair shows at each moment, as JSON data: the frame, the phases, and rows of values by bin."""
    found = traffic(history, since, until, effect)
    rows: list[tuple[str, str, Known]] = [*_supply(history, found)]
    rows += [(f"served by {region}", "/s", v) for region, v in found.regions.items()]
    for p in found.failed:
        errors = [a + b for a, b in zip(found.failed[p], found.unknown[p], strict=True)]
        rows.append((f"errors {p}", "/s", errors))
    rows += [(f"P95 {p}", "ms", v) for p, v in found.p95.items()]
    return {
        "since": since,
        "until": max(until, since + 1e-3),
        "left": LEFT / WIDTH,
        "right": RIGHT / WIDTH,
        "scale": history.time_scale,
        "first": found.bins.since,
        "bin": found.bins.width,
        "phases": [[s.phase.value, round(s.since, 3), round(s.until, 3)] for s in phases(history)],
        "rows": [[name, unit, list(_rounded(values))] for name, unit, values in rows],
    }


def _supply(history: History, found: Traffic) -> Iterator[tuple[str, str, Known]]:
    """The planned rate, and how many instances serve of those that should, at the middle of each bin."""
    moments = [found.bins.start(n) + found.bins.width / 2 for n in range(found.bins.count)]
    risen = demand(history)
    if not isinstance(risen, str):
        yield "planned", "/s", [risen.rate(at) for at in moments]
    for region, readings in capacity_readings(history).items():
        held = [at_moment(readings, at) for at in moments]
        if any(held):
            yield f"serving in {region}", "", [None if r is None else r.serving for r in held]
            yield f"desired in {region}", "", [None if r is None else r.desired for r in held]


def _rounded(values: Known) -> Iterator[float | None]:
    return (None if v is None else float(f"{v:.4g}") for v in values)
