"""Windows that slide over a part of the run, such as "in any 60 s": the worst of them counts.

They begin at every tenth of their length; where that would be too many, less often, and at least back to back.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.measures.registry import Scope
from harness.measures.sample import spans_of, where
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.load import Sample
from harness.model.verdict import Measurement, Relation, unmeasured

STEPS = (10, 5, 2, 1)
MOST_STEPS = 3000
ROUNDING = 1e-9

Window = tuple[float, float]
Take = Callable[[Window], Measurement]


def windows(history: History, scope: Scope) -> tuple[Window, ...]:
    """Every window of the scope that lies in the part of the run it names, [since, until) in real seconds."""
    return tuple(w for since, until in _stretches(history, scope) for w in _within(history, scope, since, until))


def _stretches(history: History, scope: Scope) -> list[Window]:
    """The parts of the run without a gap: each span of the phase, or all of it."""
    spans = spans_of(history, scope)
    if scope.phase is None and spans:
        return [(spans[0].since, max(s.until for s in spans))]
    return [(s.since, s.until) for s in spans]


def _within(history: History, scope: Scope, since: float, until: float) -> list[Window]:
    length = (scope.window or 0.0) / history.time_scale
    if length <= 0 or until - since < length - ROUNDING:
        return []
    steps = next((n for n in STEPS if (until - since) / length * n <= MOST_STEPS), STEPS[-1])
    step = length / steps
    count = int((until - since - length) / step + ROUNDING) + 1
    return [(since + n * step, since + (n + steps) * step) for n in range(count)]


def window_edges(history: History, scope: Scope) -> tuple[float, ...]:
    """Where the windows begin and end: the load is counted between them."""
    return tuple(sorted({edge for window in windows(history, scope) for edge in window}))


def sample_in(history: History, scope: Scope, window: Window) -> Sample:
    """The load requests that were due in a window."""
    return history.load.slots.between(*window, scope.population) if history.load else Sample()


def worst_window(history: History, scope: Scope, unit: str, relation: Relation, take: Take) -> Measurement:
    """The measurement of the worst window.

    Where some windows had too few requests to be measured it is a bound of what the worst of all was ("at_least",
    "at_most").
    """
    known = windows(history, scope)
    if not known:
        return unmeasured(unit, f"the run was never for {_length(scope)}{where(scope) or ' observed'}")
    taken = [(window, take(window)) for window in known]
    measured = [(window, found) for window, found in taken if found.value is not None]
    if not measured:
        return replace(taken[0][1], because=f"in no window of {_length(scope)}: {taken[0][1].because}")
    pick = max if relation is Relation.AT_MOST else min
    window, found = pick(measured, key=lambda each: each[1].value or 0.0)
    since, until = (moment(at, history.time_scale) for at in window)
    because = f"worst of {len(known)} windows of {_length(scope)}, from {since} to {until}: {found.because}"
    evidence = {**found.evidence, "window": list(window), "windows": len(known)}
    named = replace(found, because=because, evidence=evidence)
    return _bounded(named, len(known) - len(measured), relation) if len(measured) < len(known) else named


def _bounded(found: Measurement, unknown: int, relation: Relation) -> Measurement:
    """The worst that was seen, where windows that could not be measured may have been worse."""
    bound = {"at_least" if relation is Relation.AT_MOST else "at_most": True, "windows not measured": unknown}
    because = f"{found.because}; {unknown} windows had too few requests to be measured"
    return replace(found, because=because, evidence={**found.evidence, **bound})


def _length(scope: Scope) -> str:
    return amount(scope.window or 0.0, "s")
