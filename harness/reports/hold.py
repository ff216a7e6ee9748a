"""Whether each fault took hold: when it was announced, when FIS said that it ran, and when its effect was seen."""

from dataclasses import dataclass

from harness.model.history import Event, History
from harness.reports.wording import clock, plain, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One fault. Times are model time; `effect` is empty where it was never seen, and `by` then says why."""

    fault: str
    announced: str
    confirmed: str
    effect: str
    by: str


def holds(history: History) -> tuple[Hold, ...]:
    """Every fault of the run, in the order in which they struck."""
    return tuple(_hold(history, e, name) for e in history.every("injected") for name in e.data.get("proofs") or {})


def _hold(history: History, injected: Event, fault: str) -> Hold:
    announced = next(e for e in reversed(history.every("injecting")) if e.seq < injected.seq)
    seen = _of(history, "effect", injected, fault)
    scale = history.time_scale
    return Hold(
        fault=plain(fault),
        announced=clock(announced.at * scale),
        confirmed=f"{span((injected.at - announced.at) * scale)} later",
        effect=_seen(seen, announced.at, scale) if seen else "",
        by=_by(history, injected, fault, seen),
    )


def _seen(seen: Event, announced: float, scale: float) -> str:
    latest, unseen = float(seen.data["seen"]) - announced, float(seen.data["unseen"])
    earliest = max(latest - unseen, 0.0)
    return f"{span(earliest * scale)} to {span(latest * scale)} later"


def _by(history: History, injected: Event, fault: str, seen: Event | None) -> str:
    proof = plain((injected.data.get("proofs") or {}).get(fault) or "")
    if not proof:
        return "only clients can show it"
    told = seen or _of(history, "no effect", injected, fault)
    return f"{proof}: {plain(told.data.get('because') or '')}" if told else f"{proof}: nobody looked to the end"


def _of(history: History, kind: str, injected: Event, fault: str) -> Event | None:
    return next((e for e in history.every(kind) if e.seq > injected.seq and e.data.get("fault") == fault), None)
