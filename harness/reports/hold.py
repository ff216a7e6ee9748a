"""Whether each fault took hold: when it was announced, when FIS said that it ran, and when its effect was seen."""

import math
from collections.abc import Mapping
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
    if not any("proofs" in e.data for e in history.every("injected")):
        return ()
    announced = history.every("injecting")
    ends = [*(e.seq for e in announced[1:]), math.inf]
    return tuple(
        _hold(history, each, _injected(history, each.seq, end), spec)
        for each, end in zip(announced, ends, strict=True)
        for spec in each.data["faults"]
    )


def _injected(history: History, after: int, before: float) -> Event | None:
    return next((e for e in history.every("injected") if after < e.seq < before), None)


def _hold(history: History, announced: Event, injected: Event | None, spec: Mapping[str, Any]) -> Hold:
    fault, scale = plain(spec["fault"]), history.time_scale
    since = clock(announced.at * scale)
    if injected is None:
        return Hold(fault=fault, announced=since, confirmed="never", effect="", by="nothing: it was never in force")
    seen = _of(history, "effect", announced, spec)
    return Hold(
        fault=fault,
        announced=since,
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
