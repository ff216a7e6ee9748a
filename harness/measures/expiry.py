"""Faults that expired by themselves while clients were cut off: what came back then is not the stack's own doing."""

from harness.measures.disruption import Disruption
from harness.model.history import History


def expired(history: History, found: Disruption) -> tuple[str, float] | None:
    """The first fault that expired by itself while clients were cut off, and when (real seconds)."""
    if found.recovery is None:
        return None
    ends = (
        (str(fault["fault"]), event.at + float(fault["lasts"]) / history.time_scale)
        for event in history.every("injecting")
        for fault in event.data.get("faults") or ()
        if fault.get("lasts")
    )
    during = [(name, at) for name, at in ends if found.began.until < at < found.recovery.until]
    return min(during, key=lambda end: end[1], default=None)
