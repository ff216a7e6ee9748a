"""How long DNS sent clients to the region that had failed."""

from harness.measures.cutover import Cutover, cutovers
from harness.measures.disruption import Disruption, disruption
from harness.measures.limits import by_probes
from harness.measures.registry import Scope, measure
from harness.measures.units import moment
from harness.model.history import History
from harness.model.verdict import Measurement, unmeasured


@measure("cutover time", unit="s", needs=("fault",))
def cutover_time(history: History, scope: Scope) -> Measurement:
    """From the effect until the DNS answer, as clients resolve it, leaves the failed region for the last population.

    Model seconds; it does not matter who changed the answer. Resolution: that of the effect and one probe interval.
    """
    found = disruption(history)
    if isinstance(found, str):
        return unmeasured("s", found)
    moves = cutovers(history, found)
    if isinstance(moves, str):
        return unmeasured("s", moves)
    mine = tuple(m for m in moves if scope.population in (None, m.population))
    if not mine:
        return unmeasured("s", f"{scope.population} was not sent to the failed region when the fault was injected")
    if still := [m for m in mine if m.changed is None]:
        return _never(history, found, still)
    return _last(history, found, mine)


def _never(history: History, found: Disruption, still: list[Cutover]) -> Measurement:
    value = max(0.0, found.end - found.effect.until) * history.time_scale
    who = ", ".join(m.population for m in still)
    because = (
        f"{who} still resolved to {still[0].away_from} when the record ended at {moment(found.end, history.time_scale)}"
    )
    evidence = {"at_least": True, "changes": [_row(m) for m in still]}
    return Measurement(value=value, unit="s", because=because, evidence=evidence)


def _last(history: History, found: Disruption, moves: tuple[Cutover, ...]) -> Measurement:
    last = max(moves, key=lambda m: m.changed.at if m.changed else 0.0)
    at = last.changed.at if last.changed else found.end
    value = max(0.0, at - found.effect.guess) * history.time_scale
    where = (last.changed.region if last.changed else None) or "no region"
    because = (
        f"{last.population} was last to leave {last.away_from}: "
        f"effect at {moment(found.effect.guess, history.time_scale)}, "
        f"its answer for {last.name} pointed at {where} from {moment(at, history.time_scale)} on"
    )
    resolution = (found.effect.error + found.spacing) * history.time_scale
    evidence = {"changes": [_row(m) for m in moves], "effect": found.effect.guess}
    return Measurement(
        value=value,
        unit="s",
        resolution=resolution,
        because=because,
        **by_probes(found.spacing, history.time_scale).words(),
        evidence=evidence,
    )


def _row(move: Cutover) -> dict[str, object]:
    return {
        "population": move.population,
        "name": move.name,
        "from": move.away_from,
        "to": move.changed.region if move.changed else None,
        "at": move.changed.at if move.changed else None,
        "ttl": move.changed.ttl if move.changed else None,
    }
