"""How many requests a second the stack answered, and how much of what the drill planned that was."""

from harness.measures.planned import Planned, driven_edges, parts, planned, while_driven
from harness.measures.registry import Scope, measure
from harness.measures.sample import never_was, where
from harness.measures.units import amount
from harness.measures.windows import Window, sample_in, worst_window
from harness.model.history import History
from harness.model.load import Sample, total
from harness.model.verdict import Measurement, Relation, unmeasured

RATE = "requests/s"
EDGES = 2
CUT_SHORT = 0.5  # real seconds


@measure(
    "throughput", unit=RATE, relation=Relation.AT_LEAST, phase=True, window=True, needs=("load",), edges=driven_edges
)
def throughput(history: History, scope: Scope) -> Measurement:
    """Load requests that were answered, per real second in which they were due. Rates are never scaled.

    Resolution: one request at each end.
    """
    driven = while_driven(history)
    if not parts(driven, scope):
        return unmeasured(RATE, never_was(scope))
    if scope.window is None:
        return _rate(driven, scope, parts(driven, scope))
    return worst_window(driven, scope, RATE, Relation.AT_LEAST, lambda w: _rate(driven, scope, (w,)))


@measure(
    "throughput reached",
    unit="%",
    relation=Relation.AT_LEAST,
    phase=True,
    population=False,
    window=True,
    needs=("load",),
    edges=driven_edges,
)
def throughput_reached(history: History, scope: Scope) -> Measurement:
    """Load requests that were answered, of those that the drill planned, whatever its generator says. In percent.

    Without a phase or a window: of the profile, where there is one. Resolution: one request at each end.
    """
    driven = while_driven(history)
    plan = planned(driven)
    if plan is None:
        return unmeasured("%", "the journal tells of no load that was planned")
    where_measured = parts(driven, scope)
    if not where_measured:
        return unmeasured("%", never_was(scope))
    if scope.window is not None:
        return worst_window(driven, scope, "%", Relation.AT_LEAST, lambda w: _share(driven, scope, plan, (w,)))
    if scope.phase is None and plan.points:
        return _of_profile(driven, scope, plan, max(until for _, until in where_measured))
    return _share(driven, scope, plan, where_measured)


def _of_profile(driven: History, scope: Scope, plan: Planned, end: float) -> Measurement:
    """Of all that the profile planned; a part of it says nothing of the rest."""
    if end < plan.ended - CUT_SHORT:
        rest = (plan.ended - end) * plan.time_scale
        return unmeasured("%", f"the profile was not driven to its end: {amount(rest, 's')} of it were left")
    return _share(driven, scope, plan, ((plan.began, min(plan.ended, end)),))


def _counted(history: History, scope: Scope, windows: tuple[Window, ...]) -> Sample:
    return total(sample_in(history, scope, window) for window in windows)


def _rate(history: History, scope: Scope, windows: tuple[Window, ...]) -> Measurement:
    sample, seconds = _counted(history, scope, windows), sum(until - since for since, until in windows)
    if not sample.requests:
        return unmeasured(RATE, f"no request was due{where(scope)}")
    return Measurement(
        value=sample.answered / seconds,
        unit=RATE,
        resolution=EDGES / seconds,
        because=f"{sample.answered} requests{where(scope)} that were due within {seconds:.1f} real s were answered",
        limited_by="one request at each end",
        remedy="more requests",
        evidence={"answered": sample.answered, "due": sample.requests, "real_seconds": seconds},
    )


def _share(history: History, scope: Scope, plan: Planned, windows: tuple[Window, ...]) -> Measurement:
    meant = sum(plan.between(*window) for window in windows)
    sample = _counted(history, scope, windows)
    if meant < 1:
        return unmeasured("%", f"no request was planned{where(scope)}")
    if not sample.requests:
        return unmeasured("%", f"{meant:.0f} requests were planned{where(scope)} and none was sent")
    return Measurement(
        value=100 * sample.answered / meant,
        unit="%",
        resolution=100 * EDGES / meant,
        because=f"{sample.answered} of {meant:.0f} requests that were planned{where(scope)} were answered; "
        f"{sample.requests} were sent",
        limited_by="one request at each end",
        remedy="more requests",
        evidence={"planned": meant, "sent": sample.requests, "answered": sample.answered, "profile": bool(plan.points)},
    )
