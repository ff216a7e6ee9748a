"""How well clients were driven: a run whose own generators fell behind proves nothing about the stack."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from harness.measures.trace import Trace, traces
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.rate import requests_between
from harness.model.verdict import Criterion

LEAST_OF_PLAN = 0.95
LATE_SHARE = 0.25
LATE_MS = 100.0
GAP_INTERVALS = 10
SHORTEST_GAP = 0.5

LOAD = "load"
NAMES: Mapping[str, str] = {"probes": "read probes", "ledger": "writes"}


def load_fell_short(history: History) -> Iterator[str]:
    """Fewer requests were sent than were due, by the generator's own count or by the rate that was planned.

    A master reckons from the profile what was due, and knows the moments: its count needs no other.
    """
    for figures in _figures(history, LOAD):
        by_rate = 0.0 if "crew" in figures else _due(history, float(figures.get("elapsed_s") or 0))
        planned = max(float(figures.get("planned") or 0), by_rate)
        sent = float(figures.get("recorded") or 0)
        if sent < LEAST_OF_PLAN * planned:
            share = f"{100 * sent / planned:.1f} %"
            yield f"load fell short of plan: {sent:.0f} of {planned:.0f} requests were sent ({share})"
        if not figures.get("ended_in_order", True):
            yield "load fell short of plan: the generator did not end in order, so nobody knows what was due"


def _due(history: History, elapsed: float) -> float:
    """How many requests the rate and the profile ask for in so many real seconds."""
    driving, profile = history.first("driving"), history.first("profile")
    rate = float(driving.data.get("load") or 0.0) if driving else 0.0
    points = tuple((float(at), float(each)) for at, each in profile.data.get("points") or ()) if profile else ()
    if not profile or not points:
        return rate * elapsed
    began, scale = float(profile.data.get("began", profile.at)), history.time_scale
    lasted = min(points[-1][0] / scale, max(0.0, history.end - began), elapsed)
    return rate * (elapsed - lasted) + requests_between(points, 0.0, lasted * scale, scale)


def generator_was_late(history: History, criteria: Iterable[Criterion]) -> Iterator[str]:
    """More than one request in a hundred was sent so late that it would show in what is judged."""
    bounds = [c.bound.value for c in criteria if c.bound.unit == "ms"]
    most = LATE_SHARE * min(bounds) if bounds else LATE_MS
    asked = f"a quarter of the tightest latency bound, {amount(min(bounds), 'ms')}" if bounds else amount(most, "ms")
    for figures in _figures(history, LOAD):
        late = _late(figures)
        if late > most:
            yield (
                f"the generator was the bottleneck: 1 % of its requests were sent more than {amount(late, 'ms')} late, "
                f"more than {asked}"
            )


def probes_lost(history: History) -> Iterator[str]:
    """Probes were not sent, or not recorded, for so long that an outage would have gone unseen."""
    for part in ("probes", "ledger"):
        for figures in _figures(history, part):
            planned, sent = float(figures.get("planned") or 0), float(figures.get("recorded") or 0)
            if sent < LEAST_OF_PLAN * planned:
                yield f"probes were lost: {sent:.0f} of {planned:.0f} {NAMES[part]} were recorded"
    for trace in traces(history, calm_until=history.end):
        yield from _gap(history, trace)


def _gap(history: History, trace: Trace) -> Iterator[str]:
    longest = max(((b.sent - a.sent, a.sent) for a, b in pairwise(trace.requests)), default=(0.0, 0.0))
    if longest[0] > max(SHORTEST_GAP, GAP_INTERVALS * trace.spacing):
        since = moment(longest[1], history.time_scale)
        gap = amount(longest[0] * history.time_scale, "s")
        yield f"probes were lost: {trace.name} were not sent for {gap} from {since} on"


def _figures(history: History, part: str) -> Iterator[Mapping[str, Any]]:
    for event in history.every("drove"):
        figures = event.data.get(part)
        if isinstance(figures, Mapping):
            yield figures


def _late(figures: Mapping[str, Any]) -> float:
    late = figures.get("scheduling_error_ms")
    return float(late.get("p99", 0.0)) if isinstance(late, Mapping) else 0.0
