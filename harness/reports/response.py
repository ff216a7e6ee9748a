"""What the runbook did, step by step, and whether each step was put back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.history import Event, History
from harness.reports.wording import clock, deadline, declared, options, plain, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step as it went. Times are model time; `undone` says in words what became of it afterwards."""

    step: str
    options: str
    state: str
    started: str
    took: str
    deadline: str
    because: str
    undone: str


def response(history: History, plan: Mapping[str, Any]) -> tuple[Taken, ...]:
    """The steps of the runbook: those that were taken, in order, then those that were declared and never begun."""
    begun = [e for e in history.every("step") if e.data.get("state") == "taking"]
    failed_early = [e for e in history.every("step") if e.data.get("state") == "failed" and not _was_begun(e, begun)]
    found = [_taken(history, e, plan) for e in sorted([*begun, *failed_early], key=lambda e: e.seq)]
    return (*found, *(_never(s) for s in _declared(plan)[len(found) :]))


def _was_begun(event: Event, begun: list[Event]) -> bool:
    return any(_same(event, b) and b.seq < event.seq for b in begun)


def _same(one: Event, other: Event) -> bool:
    return all(one.data.get(key) == other.data.get(key) for key in ("number", "step", "options"))


def _taken(history: History, event: Event, plan: Mapping[str, Any]) -> Taken:
    mine = [e for e in history.every("step") if _same(e, event) and e.seq >= event.seq]
    end = next((e for e in mine if e.data.get("state") in ("taken", "failed")), None)
    within = event.data.get("deadline") or _deadline_of(event, plan)
    return Taken(
        step=plain(event.data.get("step", "")),
        options=options(event.data.get("options")),
        state=plain(end.data["state"]) if end else "unfinished",
        started=clock(event.at * history.time_scale),
        took=span((end.at - event.at) * history.time_scale) if end and end.seq != event.seq else "",
        deadline=deadline(within),
        because=plain(end.data.get("because") or "") if end else "",
        undone=_undone(history, mine),
    )


def _undone(history: History, mine: list[Event]) -> str:
    last = next((e for e in reversed(mine) if e.data.get("state") in ("undoing", "undone", "not undone")), None)
    if last is None:
        return "not undone"
    begun = next((e for e in reversed(mine) if e.data.get("state") == "undoing" and e.seq <= last.seq), last)
    state = "being undone" if last.data["state"] == "undoing" else plain(last.data["state"])
    took = f" in {span((last.at - begun.at) * history.time_scale)}" if last.data["state"] == "undone" else ""
    because = plain(last.data.get("because") or "")
    return f"{state}{took}" + (f": {because}" if because else "")


def _declared(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    book = declared(plan, "runbook")
    listed = book.get("steps") if isinstance(book, Mapping) else ()
    return [s for s in listed or () if isinstance(s, Mapping)]


def _deadline_of(event: Event, plan: Mapping[str, Any]) -> object:
    same = (s for s in _declared(plan) if s.get("step") == event.data.get("step"))
    return next((s.get("deadline") for s in same if s.get("options") in (None, event.data.get("options"))), None)


def _never(step: Mapping[str, Any]) -> Taken:
    return Taken(
        step=plain(step.get("step", "")),
        options=options(step.get("options")),
        state="never begun",
        started="",
        took="",
        deadline=deadline(step.get("deadline")),
        because="",
        undone="nothing to undo",
    )
