"""How long the clients of a population could not be served, added up."""

from collections.abc import Iterable

from harness.measures.bracket import Bracket
from harness.measures.disruption import injected_at
from harness.measures.registry import Scope, measure
from harness.measures.sample import never_was, spans_of, where
from harness.measures.trace import Trace, answered, traces
from harness.measures.units import amount
from harness.model.history import History, Span
from harness.model.verdict import Measurement, unmeasured

MONTHLY_BUDGET = 30 * 24 * 3600 * 0.0005
Piece = tuple[float, float]


@measure("downtime", unit="s", phase=True)
def downtime(history: History, scope: Scope) -> Measurement:
    """The time in which reads or writes of a population failed; that of the worst population. Model seconds.

    Over the whole run, injection and failing back included. The evidence has the share of the error budget that
    99.95 % leaves in 30 days, 21.6 minutes. Resolution: how far the edges of the outages may be off.
    """
    spans = spans_of(history, scope)
    if not spans:
        return unmeasured("s", never_was(scope))
    wanted = (scope.population,) if scope.population else history.populations
    mine = [t for t in traces(history, _calm(history)) if _asked(t, spans)]
    if missing := [p for p in wanted if all(t.population != p for t in mine)]:
        return unmeasured("s", f"no probe was sent by {', '.join(missing)}{where(scope)}")
    return _worst(history, {p: _down(p, mine, spans, history) for p in wanted}, scope)


def _calm(history: History) -> float:
    injected = injected_at(history)
    return history.end if injected is None else injected


def _asked(trace: Trace, spans: tuple[Span, ...]) -> bool:
    return any(s.since <= r.due < s.until for r in trace.requests for s in spans)


def _worst(history: History, found: dict[str, tuple[float, float, int]], scope: Scope) -> Measurement:
    who, (value, resolution, outages) = max(found.items(), key=lambda item: item[1][0])
    share = 100 * value / MONTHLY_BUDGET
    times = "outage" if outages == 1 else "outages"
    because = (
        f"{who} was not served for {amount(value, 's')} in {outages} {times}{where(scope)}: "
        f"{amount(share, '%')} of the month's error budget at 99.95 %"
    )
    evidence = {
        "populations": {p: {"seconds": v, "outages": n} for p, (v, _, n) in found.items()},
        "budget_share": share,
        "budget": MONTHLY_BUDGET,
    }
    return Measurement(
        value=value,
        unit="s",
        resolution=resolution,
        because=because,
        limited_by=f"the edges of the {times}: how closely it is known when each began and was over",
        remedy="a higher probe rate",
        evidence=evidence,
    )


def _down(population: str, known: list[Trace], spans: tuple[Span, ...], history: History) -> tuple[float, float, int]:
    """Model seconds without service, their resolution, and in how many outages."""
    mine = [t for t in known if t.population == population]
    edges = [edge for t in mine for edge in _outages(t)]
    pieces = _clipped(_joined((down.guess, up.guess) for down, up in edges), spans)
    near = [(d, u) for d, u in edges if any(s.since <= u.until and d.after < s.until for s in spans)]
    least = max(t.widest(s.since, s.until) for t in mine for s in spans)
    half = max(least, sum(d.error + u.error for d, u in near))
    return sum(b - a for a, b in pieces) * history.time_scale, half * history.time_scale, len(pieces)


def _outages(trace: Trace) -> list[tuple[Bracket, Bracket]]:
    """The edges of every run of failures; one that nothing ends lasts until its last answer was given up."""
    good = [answered(r) for r in trace.requests]
    begins = [i for i, ok in enumerate(good) if not ok and (i == 0 or good[i - 1])]
    ends = [i for i, ok in enumerate(good) if not ok and (i + 1 == len(good) or good[i + 1])]
    return [(trace.down(b), trace.up(e) or _open_end(trace, e)) for b, e in zip(begins, ends, strict=True)]


def _open_end(trace: Trace, index: int) -> Bracket:
    last = trace.requests[index]
    return Bracket(after=last.sent, until=max(last.finished, last.sent + trace.spacing))


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for since, until in sorted(pieces):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return joined


def _clipped(pieces: list[Piece], spans: tuple[Span, ...]) -> list[Piece]:
    """The parts of the pieces that lie in the spans; a piece across two spans that touch is cut into two."""
    cut = [(max(a, s.since), min(b, s.until)) for a, b in pieces for s in spans]
    return _joined((a, b) for a, b in cut if b > a)
