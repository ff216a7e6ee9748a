"""Made-up histories whose load is counted as that of a real run is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.judge import slot_edges
from harness.load.gathering import gathered
from harness.measures.sample import phase_edges
from harness.model.history import History, Request, Stream
from harness.model.load import Load, nanoseconds
from harness.model.verdict import Criterion
from harness.reports.frames import chart_edges


@dataclass(frozen=True)
class Row:
    """A load request as it stands in a file."""

    population: str
    due: int
    sent: int
    finished: int
    outcome: str
    region: str | None
    instance: str | None = None
    cart: str | None = None


def row(request: Request) -> Row:
    """A request as it would have been recorded."""
    times = (nanoseconds(at) for at in (request.due, request.sent, request.finished))
    return Row(request.population, *times, request.outcome.value, request.region)


def count(requests: Iterable[Request], phases: Iterable[float] = (), slots: Iterable[float] = ()) -> Load:
    """The load among the requests, counted between edges in seconds."""
    rows = [row(r) for r in requests if r.stream is Stream.LOAD]
    return gathered(rows, map(nanoseconds, phases), map(nanoseconds, slots))


def counted(history: History, criteria: Iterable[Criterion] = ()) -> History:
    """The history with the load among its requests counted, as reports and these criteria ask for it."""
    bare = replace(history, requests=tuple(r for r in history.requests if r.stream is not Stream.LOAD))
    edges = {*slot_edges(bare, criteria), *chart_edges(bare)}
    return replace(bare, load=count(history.requests, phase_edges(bare), edges))
