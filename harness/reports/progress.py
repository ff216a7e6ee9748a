"""What is said while a drill runs: a line per event worth one."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.model.history import Event
from harness.reports.wording import span

_LABELS = {
    "steady": "steady state before the fault",
    "loaded": "loaded: the load profile runs",
    "scaling": "a surge: the stack scales",
    "settling": "settling: the load profile is over",
    "impaired": "impaired: the fault is in force",
    "failing over": "failing over",
    "recovered": "recovered: clients are served",
    "failing back": "healing and failing back",
    "restored": "restored: watching the stack where it started",
}

Data = Mapping[str, Any]


def progress_line(event: Event, time_scale: float) -> str | None:
    """One line for a person, in model time since the start; None when the event needs no word."""
    say = _WORDS.get(event.kind)
    text = say(event.data) if say else None
    return None if text is None else f"{event.at * time_scale:7.1f} s  {text}"


def _driving(data: Data) -> str:
    each = f"probes {data['probes']:g}/s and orders {data['orders']:g}/s in every population"
    workers = f" from {data['workers']} workers" if "workers" in data else ""
    ui = f"; Locust's web UI: {data['ui']}" if "ui" in data else ""
    return f"driving: {data['load']:g} requests/s{workers}, {each}{ui}"


def _profile(data: Data) -> str:
    name = f'"{data["name"]}"' if data["name"] else "of this drill"
    highest = max(rate for _, rate in data["points"])
    return f"load profile {name} begins: {span(data['points'][-1][0])}, up to {highest:g} requests/s"


def _steady(data: Data) -> str:
    return f"steady state, {data['gate']} check: {'met' if data['met'] else 'NOT met'}"


def _injecting(data: Data) -> str:
    return f"injecting {data['fault']} through FIS: {', '.join(t['region'] for t in data['templates'])}"


def _injected(data: Data) -> str:
    count = len(data["targets"])
    return f"injected: {count} target{'' if count == 1 else 's'} resolved"


def _effect(data: Data) -> str:
    return f"{data['fault']} took hold: {data['because']}"


def _no_effect(data: Data) -> str:
    return f"{data['fault']} changed nothing that shows it: {data['because']}"


def _alarm(data: Data) -> str | None:
    if "scaling" in data:
        return f"{data['region']}: more capacity is called for" if _calls_for_more(data) else None
    news = data["previous"] is not None or data["state"] == "ALARM"
    return f"alarm {data['name']}: {data['state']}" if news else None


def _calls_for_more(data: Data) -> bool:
    return bool(data["scaling"] == "out" and data["state"] == "ALARM")


def _capacity(data: Data) -> str:
    healthy = "" if data["healthy"] is None else f", {data['healthy']} of them healthy targets"
    ending = f", {data['terminating']} terminating" if data["terminating"] else ""
    return f"{data['region']}: {data['desired']} desired, {data['in_service']} in service{healthy}{ending}"


def _step(data: Data) -> str | None:
    if data["state"] in {"taken", "undone"}:
        return f"{data['step']}: {data['because']}"
    if data["state"] in {"failed", "not undone"}:
        return f"{data['step']} {data['state'].upper()}: {data['because']}"
    return None


def _baseline(data: Data) -> str:
    return f"no baseline: {data['because']}" if data["because"] else f"held against the accepted run {data['run']}"


def _because(kind: str) -> Callable[[Data], str]:
    return lambda data: f"{kind}: {data['because']}"


_WORDS: Mapping[str, Callable[[Data], str | None]] = {
    "opened": lambda data: f"drill: {data['drill']}",
    "baseline": _baseline,
    "driving": _driving,
    "profile": _profile,
    "phase": lambda data: f"-- {_LABELS[data['phase']]} --",
    "steady": _steady,
    "injecting": _injecting,
    "injected": _injected,
    "effect": _effect,
    "no effect": _no_effect,
    "alarm": _alarm,
    "capacity": _capacity,
    "step": _step,
    "healed": lambda data: "healed: the fault is gone",
    "failed back": lambda data: "failed back",
    "audited": lambda data: f"ledger read back from {data['region']}: {data['rows']} rows",
    **{kind: _because(kind) for kind in ("decided", "not recovered", "void", "aborted", "not healed")},
}
