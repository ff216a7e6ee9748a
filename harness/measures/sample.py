"""The requests that a scope means: by the phase their due time lies in, and by population."""

from collections.abc import Iterable

from harness.measures.registry import Scope
from harness.model.history import History, Phase, Request, Span, Stream
from harness.model.load import Sample, total


def spans_of(history: History, scope: Scope) -> tuple[Span, ...]:
    """The spans of the phase; without one, all from the first phase to the end. Empty when the run never was in it.

    Raises ValueError for a phase that no run has.
    """
    wanted = None if scope.phase is None else Phase(scope.phase)
    return tuple(s for s in history.spans if wanted in (None, s.phase))


def phase_edges(history: History) -> tuple[float, ...]:
    """Where phases begin and end: the load is counted between them."""
    return tuple(sorted({edge for span in history.spans for edge in (span.since, span.until)}))


def load_in(history: History, scope: Scope) -> Sample:
    """The load requests of the scope; none where nothing was recorded."""
    if history.load is None:
        return Sample()
    return total(history.load.phases.between(s.since, s.until, scope.population) for s in spans_of(history, scope))


def requests_in(history: History, scope: Scope, streams: Iterable[Stream]) -> tuple[Request, ...]:
    """The reads and writes of the scope, by due time."""
    spans, wanted = spans_of(history, scope), frozenset(streams)
    return tuple(
        r
        for r in history.requests
        if r.stream in wanted
        and scope.population in (None, r.population)
        and any(s.since <= r.due < s.until for s in spans)
    )


def where(scope: Scope) -> str:
    """The scope in words, such as " in steady for NA"; empty for the whole run."""
    phase = f" in {scope.phase}" if scope.phase else ""
    return phase + (f" for {scope.population}" if scope.population else "")


def never_was(scope: Scope) -> str:
    """Why nothing can be said of a scope that has no spans."""
    return f"the run never was{where(scope)}" if scope.phase else "the run had no phases"
