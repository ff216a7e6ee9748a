"""How long clients were cut off: the objective on it is the RTO."""

from typing import Any

from harness.measures.bracket import Bracket
from harness.measures.disruption import Disruption, Outage, disruption, sustained_for
from harness.measures.expiry import expired
from harness.measures.limits import by_probes
from harness.measures.registry import Scope, measure
from harness.measures.stages import stages
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.verdict import Measurement, unmeasured

HUNG_INTERVALS = 3


@measure("recovery time", unit="s", needs=("fault",))
def recovery_time(history: History, scope: Scope) -> Measurement:
    """From the first failure that clients saw to the first success that no failure followed for the sustained window.

    Over every population's reads and writes, until healing began; of several such times the longest. Model seconds;
    resolution: how far each of the two edges may be from where it most likely lies. Not recovered, not for the window,
    or only after a fault had expired by itself: a lower bound ("at_least").
    """
    everyone = disruption(history)
    if isinstance(everyone, str):
        return unmeasured("s", everyone)
    found = everyone.of(scope.population)
    if found is None:
        return _untouched(history, everyone, str(scope.population))
    if found.recovery is None or found.unsettled:
        return _not_settled(history, found)
    if (gone := expired(history, found)) is not None:
        return _waited_out(history, found, *gone)
    value = (found.recovery.guess - found.began.guess) * history.time_scale
    resolution = (found.recovery.error + found.began.error) * history.time_scale
    evidence = _evidence(history, found)
    return Measurement(
        value=value,
        unit="s",
        resolution=resolution,
        because=_recovered(history, found),
        **_limits(found, found.recovery, history.time_scale),
        evidence=evidence,
    )


def _limits(found: Disruption, recovery: Bracket, time_scale: float) -> dict[str, str]:
    """What makes the resolution no finer: probes that are far apart, or such as hung."""
    if recovery.error + found.began.error <= HUNG_INTERVALS * found.spacing:
        return by_probes(found.spacing, time_scale).words()
    why = f"requests that hung, of {found.last_served.trace.name}: it is not known when others would have been answered"
    return {"limited_by": why, "remedy": "a bound further away, or a shorter timeout of the clients,"}


def _untouched(history: History, everyone: Disruption, population: str) -> Measurement:
    mine = [t for t in everyone.traces if t.population == population]
    if not mine:
        return unmeasured("s", f"{population} sent no read or write probe")
    spacing = max(t.widest() for t in mine)
    limit = by_probes(spacing, history.time_scale)
    because = f"{population} saw no failure; an outage shorter than its probes are apart would have gone unseen"
    return Measurement(
        value=0.0,
        unit="s",
        resolution=spacing * history.time_scale,
        because=because,
        **limit.words(),
        evidence=_evidence(history, everyone),
    )


def _not_settled(history: History, found: Disruption) -> Measurement:
    """The stack was down at least from the effect to the last failure."""
    last = max(found.unsettled, key=lambda o: (o.back is None, o.last.sent))
    value = max(0.0, *(o.last.sent - found.began.until for o in found.outages), *_lengths(found)) * history.time_scale
    evidence = {"at_least": True, **_evidence(history, found)}
    return Measurement(value=value, unit="s", because=_unsettled(history, found, last), evidence=evidence)


def _waited_out(history: History, found: Disruption, fault: str, ended: float) -> Measurement:
    """Nobody knows whether the stack would have recovered, had the fault gone on."""
    value = (ended - found.began.until) * history.time_scale
    at = moment(ended, history.time_scale)
    because = (
        f"{_recovered(history, found)}; {fault} had expired by itself at {at}, so that is not the stack's own doing"
    )
    return Measurement(value=value, unit="s", because=because, evidence={"at_least": True, **_evidence(history, found)})


def _unsettled(history: History, found: Disruption, outage: Outage) -> str:
    name, window = outage.trace.name, amount(sustained_for(history), "s")
    if outage.back is None:
        last = moment(outage.last.sent, history.time_scale)
        end = moment(found.end, history.time_scale)
        return f"{name} had not recovered when the record ended at {end}: last failed at {last}"
    seen = amount(outage.seen_after * history.time_scale, "s")
    back = moment(outage.back.sent, history.time_scale)
    return f"{name} succeeded from {back} on, but was watched for {seen} only; {window} must pass"


def _recovered(history: History, found: Disruption) -> str:
    last, first = found.last_served, min(found.outages, key=lambda o: o.down.guess)
    back = last.back.finished if last.back else found.end
    text = (
        f"{last.trace.name} were last to recover: "
        f"first failed request at {moment(last.first.sent, history.time_scale)}, "
        f"first success that no failure followed at {moment(back, history.time_scale)}"
    )
    if first is not last:
        text += f"; {first.trace.name} had failed first, at {moment(first.first.sent, history.time_scale)}"
    if found.others:
        text += f"; that was the longest, there were also {_also(history, found.others)} (see downtime)"
    ended = _fault_ended(history, found)
    return text if ended is None else text + f"; the fault itself had ended at {moment(ended, history.time_scale)}"


def _also(history: History, outages: tuple[Outage, ...]) -> str:
    """Who failed at other times, and for how long."""
    rows = [(o, _row(o, history.time_scale)["lasted"]) for o in outages]
    return ", ".join(
        f"{o.trace.name} at {moment(o.first.sent, history.time_scale)} for {amount(lasted or 0.0, 's')}"
        for o, lasted in rows
    )


def _lengths(found: Disruption) -> list[float]:
    """How long the others lasted at least, real seconds."""
    return [o.up.after - o.down.until for o in found.others if o.up is not None]


def _fault_ended(history: History, found: Disruption) -> float | None:
    """When every FIS experiment was over, where that was before the recovery: then nobody failed over."""
    over: dict[str, float] = {}
    for event in history.every("experiment"):
        if event.data.get("status") in ("completed", "stopped", "failed", "cancelled"):
            over.setdefault(str(event.data.get("id")), event.at)
    started = {str(e.data.get("id")) for e in history.every("experiment")}
    ended = max(over.values()) if over and set(over) == started else None
    return ended if ended is not None and found.recovery is not None and ended < found.recovery.after else None


def _evidence(history: History, found: Disruption) -> dict[str, Any]:
    return {
        "stages": stages(history, found),
        "outages": [_row(o, history.time_scale) for o in found.outages],
        "other_outages": [_row(o, history.time_scale) for o in found.others],
        "sustained_for": sustained_for(history),
        "observed_until": found.end,
        "fault_ended": _fault_ended(history, found),
        "untouched": [t.name for t in found.traces if all(o.trace.name != t.name for o in found.every)],
    }


def _row(outage: Outage, scale: float) -> dict[str, Any]:
    up = outage.up
    return {
        "population": outage.trace.population,
        "stream": outage.trace.stream.value,
        "failures": outage.failures,
        "first_failure": outage.first.sent,
        "last_failure": outage.last.sent,
        "down": [outage.down.after, outage.down.until],
        "up": None if up is None else [up.after, up.until],
        "lasted": None if up is None else (up.guess - outage.down.guess) * scale,
    }
