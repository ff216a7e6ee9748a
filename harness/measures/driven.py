"""How well clients were driven: a run whose own generators fell behind proves nothing about the stack."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from harness.measures.planned import planned
from harness.measures.trace import Trace, traces
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.verdict import Criterion

LEAST_OF_PLAN = 0.95
LATE_SHARE = 0.25
LATE_MS = 100.0
GAP_INTERVALS = 10
SHORTEST_GAP = 0.5
FULL = 0.9

LOAD = "load"
NAMES: Mapping[str, str] = {"probes": "read probes", "ledger": "writes"}


def load_fell_short(history: History) -> Iterator[str]:
    """Fewer requests were sent than were due, by the generator's own count or by the rate that was planned.

    A master reckons from the profile what was due, and knows the moments: its count needs no other.
    """
    for figures in figures_of(history, LOAD):
        by_rate = 0.0 if "crew" in figures else _planned(history, figures)
        due = max(float(figures.get("planned") or 0), by_rate)
        sent = float(figures.get("recorded") or 0)
        if sent < LEAST_OF_PLAN * due:
            share = f"{100 * sent / due:.1f} %"
            yield f"load fell short of plan: {sent:.0f} of {due:.0f} requests were sent ({share})"
        if not figures.get("ended_in_order", True):
            yield "load fell short of plan: the generator did not end in order, so nobody knows what was due"


def _planned(history: History, figures: Mapping[str, Any]) -> float:
    """How many requests were due by the journal: the base rate as long as the generator ran, and the profile in it."""
    plan, driving = planned(history), history.first("driving")
    if plan is None or driving is None:
        return 0.0
    return plan.between(driving.at, driving.at + float(figures.get("elapsed_s") or 0))


def generator_was_late(history: History, criteria: Iterable[Criterion]) -> Iterator[str]:
    """The generator held back the load: it had nobody left to send, or sent so late that it shows in what is judged."""
    bounds = [c.bound.value for c in criteria if c.bound.unit == "ms"]
    most = LATE_SHARE * min(bounds) if bounds else LATE_MS
    asked = f"a quarter of the tightest latency bound, {amount(min(bounds), 'ms')}" if bounds else amount(most, "ms")
    for figures in figures_of(history, LOAD):
        if dropped := int(figures.get("dropped") or 0):
            busy = f"{dropped} arrivals were dropped because all {figures.get('shoppers')} shoppers were busy"
            yield f"the generator was the bottleneck: {busy}"
        late, lag = _p99(figures, "scheduling_error_ms"), _p99(figures, "loop_lag_ms")
        if late > most:
            yield (
                f"the generator was the bottleneck: 1 % of its requests were sent more than {amount(late, 'ms')} late, "
                f"more than {asked}{_core(figures)}"
            )
        if lag > most:
            yield (
                f"the generator was the bottleneck: 1 % of the time its loop was more than {amount(lag, 'ms')} behind, "
                f"more than {asked}{_core(figures)}"
            )


def _core(figures: Mapping[str, Any]) -> str:
    """Why, where its core was full."""
    busy = float(figures.get("busy") or 0.0)
    return f"; its core was {100 * busy:.0f} % busy at worst" if busy > FULL else ""


def probes_lost(history: History) -> Iterator[str]:
    """Probes were not sent, or not recorded, for so long that an outage would have gone unseen."""
    for part in ("probes", "ledger"):
        for figures in figures_of(history, part):
            due, sent = float(figures.get("planned") or 0), float(figures.get("recorded") or 0)
            if sent < LEAST_OF_PLAN * due:
                yield f"probes were lost: {sent:.0f} of {due:.0f} {NAMES[part]} were recorded"
    for trace in traces(history, calm_until=history.end):
        yield from _gap(history, trace)


def _gap(history: History, trace: Trace) -> Iterator[str]:
    longest = max(((b.sent - a.sent, a.sent) for a, b in pairwise(trace.requests)), default=(0.0, 0.0))
    if longest[0] > max(SHORTEST_GAP, GAP_INTERVALS * trace.spacing):
        since = moment(longest[1], history.time_scale)
        gap = amount(longest[0] * history.time_scale, "s")
        yield f"probes were lost: {trace.name} were not sent for {gap} from {since} on"


def figures_of(history: History, part: str) -> Iterator[Mapping[str, Any]]:
    """What a part of the generators said of itself when it ended: "load", "probes" or "ledger"."""
    for event in history.every("drove"):
        figures = event.data.get(part)
        if isinstance(figures, Mapping):
            yield figures


def _p99(figures: Mapping[str, Any], name: str) -> float:
    spread = figures.get(name)
    return float(spread.get("p99", 0.0)) if isinstance(spread, Mapping) else 0.0
