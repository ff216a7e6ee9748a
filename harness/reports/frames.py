"""The parts of a run that its charts show: all of it, and a close-up of the failover."""

from collections.abc import Iterator

from harness.measures.disruption import Disruption, disruption
from harness.measures.stages import stages
from harness.model.history import History
from harness.reports.bins import bins

Frame = tuple[float, float]


def whole(history: History) -> Frame:
    """From the start to the end, in real seconds."""
    return 0.0, history.end


def close_up(history: History) -> Frame | None:
    """From before the first stage until after the last one; None when that is most of the run, or nothing was seen."""
    found = disruption(history)
    if not isinstance(found, Disruption):
        return None
    seen = [row["at"] for row in stages(history, found) if row["at"] is not None]
    if len(seen) < 2:
        return None
    margin = max(0.25 * (max(seen) - min(seen)), 0.5)
    since, until = max(0.0, min(seen) - margin), min(history.end, max(seen) + margin)
    return (since, until) if until - since < 0.4 * history.end else None


def effect(history: History) -> float | None:
    """When clients first saw an effect, real seconds; None when they saw none."""
    found = disruption(history)
    return found.effect.guess if isinstance(found, Disruption) else None


def chart_edges(history: History) -> Iterator[float]:
    """Where the bins of the charts begin and end: the load is counted between them."""
    edge = effect(history)
    for frame in (whole(history), close_up(history)):
        if frame is not None:
            yield from bins(*frame, edge).edges
