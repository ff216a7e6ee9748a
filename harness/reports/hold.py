"""Whether each fault took hold: when it was announced, when FIS said that it ran, and when its effect was seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
    """Every fault of the run, in the order in which they struck; a run of an earlier version looked for none."""
    injected = (e for e in history.every("injected") if "proofs" in e.data)
    return tuple(hold for e in injected for hold in _of_strike(history, e))


def _of_strike(history: History, injected: Event) -> Iterator[Hold]:
    announced = next(e for e in reversed(history.every("injecting")) if e.seq < injected.seq)
    for spec in announced.data["faults"]:
        yield _hold(history, announced, injected, spec)


def _hold(history: History, announced: Event, injected: Event, spec: Mapping[str, Any]) -> Hold:
    seen = _of(history, "effect", announced, spec)
    scale = history.time_scale
    return Hold(
        fault=plain(spec["fault"]),
        announced=clock(announced.at * scale),
        confirmed=f"{span((injected.at - announced.at) * scale)} later",
        effect=_seen(seen, announced.at, scale) if seen else "",
        by=_by(injected, spec, seen or _of(history, "no effect", announced, spec)),
    )


def _seen(seen: Event, announced: float, scale: float) -> str:
    latest, unseen = float(seen.data["seen"]) - announced, float(seen.data["unseen"])
    earliest = max(latest - unseen, 0.0)
    return f"{span(earliest * scale)} to {span(latest * scale)} later"


def _by(injected: Event, spec: Mapping[str, Any], told: Event | None) -> str:
    proof = plain(injected.data["proofs"].get(spec["fault"]) or "")
    if not proof:
        return "only clients can show it"
    return f"{proof}: {plain(told.data.get('because') or '')}" if told else f"{proof}: nobody looked to the end"


def _of(history: History, kind: str, announced: Event, spec: Mapping[str, Any]) -> Event | None:
    """What was seen of this fault and of no other: the same one may strike twice, and in two places."""
    where = spec["options"].get("zone") or spec["options"].get("region")
    wanted = (spec["fault"], where, round(announced.at, 6))
    found = (e for e in history.every(kind) if e.seq > announced.seq)
    return next((e for e in found if tuple(e.data.get(k) for k in ("fault", "where", "announced")) == wanted), None)
