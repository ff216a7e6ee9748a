"""Thin strips of every probe's outcome: one cell a few probes wide, the worst outcome wins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf

from harness.model.history import History, Outcome, Request, Stream
from harness.reports.axis import Axis
from harness.reports.lanes import Lane, label
from harness.reports.svg import box, path, rectangle
from harness.reports.wording import clock, span

HEIGHT = 7.0
MOST_RUNS = 160
SEVERITY = (Outcome.OK, Outcome.INDETERMINATE, Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring probes with one outcome, [since, until) in real seconds of due time."""

    outcome: Outcome
    since: float
    until: float
    count: int


def runs(requests: Sequence[Request], cell: float) -> tuple[Run, ...]:
    """The outcomes over time: cells of `cell` seconds, widened until they make no more than 160 runs.

    A run lasts from its first probe to the first one of the next run, but no longer than its probes were sent.
    """
    found = tuple(_runs(requests, cell))
    return found if len(found) <= MOST_RUNS else runs(requests, cell * 2)


def _runs(requests: Sequence[Request], cell: float) -> Iterator[Run]:
    merged = [(outcome, _begin(outcome, held), held) for outcome, held in _merged(requests, cell)]
    begins = [begin for _, begin, _ in merged[1:]]
    for (outcome, begin, held), later in zip(merged, [*begins, inf], strict=True):
        yield Run(outcome=outcome, since=begin, until=min(held[-1].due + 1.5 * cell, later), count=len(held))


def _begin(outcome: Outcome, held: Sequence[Request]) -> float:
    """When the first of them was due that had this outcome: the first cell may hold better ones before it."""
    return next(r.due for r in held if r.outcome is outcome)


def _merged(requests: Sequence[Request], cell: float) -> Iterator[tuple[Outcome, list[Request]]]:
    """Neighbouring cells of one worst outcome, with their requests; a silence of more than two cells parts them."""
    held: list[Request] = []
    worst: Outcome | None = None
    for _, group in groupby(requests, key=lambda r: int((r.due - requests[0].due) / cell + 1e-6)):
        found = list(group)
        outcome = max((r.outcome for r in found), key=SEVERITY.index)
        if worst is not None and (outcome is not worst or found[0].due - held[-1].due > 2.5 * cell):
            yield worst, held
            held = []
        worst, held = outcome, held + found
    if worst is not None:
        yield worst, held


def strip_lane(history: History, axis: Axis, top: float) -> Lane:
    """Read and write probes of each population, one strip each."""
    drawn, y = [], top
    for population in history.populations:
        for stream in (Stream.READ, Stream.WRITE):
            found = [r for r in history.of(stream) if r.population == population and axis.shows(r.due, r.due)]
            if found:
                drawn.append(label(axis, y + HEIGHT - 0.5, f"{population} {stream.value}"))
                drawn.append(_strip(runs(found, history.probe_interval), axis, y, f"{population} {stream.value}"))
                y += HEIGHT + 4
        y += 3
    return Lane(markup="".join(drawn), height=y - top if drawn else 0)


def _strip(found: Sequence[Run], axis: Axis, y: float, name: str) -> str:
    good = path((_cell(r, axis, y) for r in found if r.outcome is Outcome.OK), "ok")
    bad = [r for r in found if r.outcome is not Outcome.OK]
    return good + "".join(_bad(r, axis, y, name) for r in bad)


def _cell(run: Run, axis: Axis, y: float) -> str:
    x = axis.x(run.since)
    return rectangle(x, y + 1.5, axis.x(run.until) - x, HEIGHT - 3)


def _bad(run: Run, axis: Axis, y: float, name: str) -> str:
    since, until = run.since * axis.scale, run.until * axis.scale
    title = f"{name}: {run.outcome.value} {clock(since)} to {clock(until)} ({span(until - since)}, {run.count} probes)"
    x = axis.x(run.since)
    return box(x, y - 0.5, max(1.2, axis.x(run.until) - x), HEIGHT + 1, run.outcome.value.lower(), title=title)
