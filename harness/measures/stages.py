"""The stages of a recovery: who noticed what, and when."""

from collections.abc import Iterator
from typing import Any

from harness.measures.bracket import Bracket
from harness.measures.cutover import cutovers
from harness.measures.disruption import Disruption
from harness.model.history import Event, History

Stage = tuple[str, float | None, str]


def stages(history: History, found: Disruption) -> list[dict[str, Any]]:
    """Every stage in its place: `at` (real seconds), `after_effect` (model seconds), `by`.

    A stage that was not seen has nulls, and `why`.
    """
    return [_row(stage, at, said, found, history.time_scale) for stage, at, said in _found(history, found)]


def _row(stage: str, at: float | None, said: str, found: Disruption, scale: float) -> dict[str, Any]:
    if at is None:
        return {"stage": stage, "at": None, "after_effect": None, "by": None, "why": said}
    return {"stage": stage, "at": at, "after_effect": (at - found.effect.guess) * scale, "by": said}


def _found(history: History, found: Disruption) -> Iterator[Stage]:
    injected = history.first("injected")
    yield _seen("injected", injected, "fault", "the fault was announced, never confirmed")
    yield "effect", found.effect.guess, f"{found.first_hit.trace.name} failed first"
    yield _detected(history, found)
    yield _seen("decided", _after(history, found, "decided"), "because", "nobody decided: no runbook ran")
    yield _seen("database promoted", _promotion(history, found), "step", "no step promoted a database")
    yield _cutover(history, found)
    yield _first_success(found)
    yield _sustained(found)


def _seen(stage: str, event: Event | None, by: str, missing: str) -> Stage:
    return (stage, None, missing) if event is None else (stage, event.at, str(event.data.get(by, "")))


def _detected(history: History, found: Disruption) -> Stage:
    alarm = first_alarm(history, found)
    if alarm is None:
        return "detected", None, "no alarm went to ALARM"
    return "detected", moved(history, alarm).guess, str(alarm.data.get("name", ""))


def _after(history: History, found: Disruption, kind: str) -> Event | None:
    return next((e for e in history.every(kind) if found.injected <= e.at < found.end), None)


def first_alarm(history: History, found: Disruption) -> Event | None:
    """The first alarm that went to ALARM after the injection and before healing began; none of a scaling policy."""
    alarms = (e for e in history.every("alarm") if e.data.get("state") == "ALARM" and "scaling" not in e.data)
    return next((e for e in alarms if found.injected <= e.at < found.end), None)


def moved(history: History, alarm: Event) -> Bracket:
    """When an alarm moved: between the last two times at which it was asked."""
    poll = float(alarm.data.get("poll_interval") or history.probe_interval)
    return Bracket(after=alarm.at - poll, until=alarm.at)


def _promotion(history: History, found: Disruption) -> Event | None:
    taken = (e for e in history.every("step") if e.data.get("state") == "taken" and found.injected <= e.at < found.end)
    return next((e for e in taken if str(e.data.get("step", "")).startswith("promote")), None)


def _cutover(history: History, found: Disruption) -> Stage:
    stage = "DNS answer changed"
    moves = cutovers(history, found)
    if isinstance(moves, str):
        return stage, None, moves
    if still := [m.population for m in moves if m.changed is None]:
        return stage, None, f"the answer never changed for {', '.join(still)}"
    last = max(moves, key=lambda m: m.changed.at if m.changed else 0.0)
    where = last.changed.region if last.changed else None
    return stage, last.changed.at if last.changed else None, f"{last.population} resolves to {where or 'no address'}"


def _first_success(found: Disruption) -> Stage:
    served = [o for o in found.outages if o.back is not None]
    if not served:
        return "first success", None, "no client was served again"
    first = min(served, key=lambda o: o.up.guess if o.up else 0.0)
    return "first success", first.up.guess if first.up else None, first.trace.name


def _sustained(found: Disruption) -> Stage:
    if found.recovery is None or found.unsettled:
        names = ", ".join(o.trace.name for o in found.unsettled)
        return "sustained", None, f"{names}: success was not seen to last"
    return "sustained", found.recovery.guess, found.last_served.trace.name
