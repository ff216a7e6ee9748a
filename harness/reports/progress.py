"""What is said while a drill runs: a line per event worth one."""

from harness.model.history import Event

_LABELS = {
    "steady": "steady state before the fault",
    "impaired": "impaired: the fault is in force",
    "failing over": "failing over",
    "recovered": "recovered: clients are served",
    "failing back": "healing and failing back",
    "restored": "restored: watching the stack where it started",
}


def progress_line(event: Event, time_scale: float) -> str | None:
    """One line for a person, in model time since the start; None when the event needs no word."""
    text = _text(event)
    return None if text is None else f"{event.at * time_scale:7.1f} s  {text}"


def _text(event: Event) -> str | None:
    data = event.data
    match event.kind:
        case "opened":
            return f"drill: {data['drill']}"
        case "driving":
            return f"driving: {data.get('load') or 0:g} requests/s, probes {data['probes']:g}/s, orders {data['orders']:g}/s a population"
        case "phase":
            return f"-- {_LABELS[data['phase']]} --"
        case "steady":
            return f"steady state {data['gate']}: {'met' if data['met'] else 'NOT met'}"
        case "injecting":
            return f"injecting {data['fault']} through FIS: {', '.join(t['region'] for t in data['templates'])}"
        case "injected":
            count = len(data["targets"])
            return f"injected: {count} target{'' if count == 1 else 's'} resolved"
        case "alarm" if data["previous"] is not None or data["state"] == "ALARM":
            return f"alarm {data['name']}: {data['state']}"
        case "step" if data["state"] in {"taken", "undone"}:
            return f"{data['step']}: {data['because']}"
        case "step" if data["state"] in {"failed", "not undone"}:
            return f"{data['step']} {data['state'].upper()}: {data['because']}"
        case "decided" | "not recovered" | "void" | "aborted" | "not healed":
            return f"{event.kind}: {data['because']}"
        case "healed":
            return "healed: the fault is gone"
        case "failed back":
            return "failed back"
        case "audited":
            return f"ledger read back from {data['region']}: {data['rows']} rows"
        case _:
            return None
