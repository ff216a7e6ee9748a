"""Put back what a drill changed, from its journal alone: in the run itself, and by `drill heal` after a crash."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import harness.failover.kinds  # noqa: F401  fills the registry of steps
from harness.aws.fis import ExperimentState
from harness.aws.site import Site
from harness.errors import HarnessError, NotHealed
from harness.failover.registry import STEPS
from harness.faults import injection
from harness.journal import Journal
from harness.model.history import Event

UNDO_WITHIN = timedelta(minutes=10)


def heal_fault(site: Site, journal: Journal, run: str) -> None:
    """End every fault that was announced and not healed yet; `healed` is written after success. Raises NotHealed."""
    announced = open_faults(journal.events)
    if not announced:
        return
    regions = sorted({t["region"] for e in announced for t in e.data["templates"]})
    names = " + ".join(e.data["fault"] for e in announced)
    journal.record("healing", fault=names)
    ended = injection.heal(site, regions, run)
    for state in ended:
        record_experiment(journal, state)
    journal.record("healed", fault=names, stopped=[s.experiment_id for s in ended])


def record_experiment(journal: Journal, state: ExperimentState) -> None:
    """Note how an experiment ended."""
    journal.record(
        "experiment",
        id=state.experiment_id,
        region=state.region,
        status=state.status,
        reason=state.reason,
        actions=dict(state.actions),
    )


def open_faults(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The faults that were announced after the last healing."""
    healed = max((e.seq for e in events if e.kind == "healed"), default=-1)
    return tuple(e for e in events if e.kind == "injecting" and e.seq > healed)


def open_steps(events: tuple[Event, ...]) -> tuple[Mapping[str, Any], ...]:
    """The steps that were begun and not undone, in the runbook's order: data first, then traffic, then capacity."""
    begun: dict[int, Mapping[str, Any]] = {}
    for event in events:
        if event.kind != "step":
            continue
        number = event.data["number"]
        if event.data["state"] == "taking":
            begun[number] = event.data
        elif event.data["state"] == "undone":
            begun.pop(number, None)
    return tuple(begun[number] for number in sorted(begun))


def fail_back(site: Site, journal: Journal) -> None:
    """Undo every step that was begun. Tries all of them; raises NotHealed with each that could not be undone."""
    steps = open_steps(journal.events)
    if not steps:
        return
    journal.record("failing back", steps=[s["step"] for s in steps])
    failures = [failure for s in steps if (failure := _undo(site, journal, s))]
    if failures:
        raise NotHealed("; ".join(failures))
    journal.record("failed back")


def _undo(site: Site, journal: Journal, begun: Mapping[str, Any]) -> str | None:
    facts = {name: begun[name] for name in ("number", "step", "options", "undo")}
    journal.record("step", state="undoing", **facts)
    try:
        because = STEPS[begun["step"]].undo(site, begun["undo"], UNDO_WITHIN)
    except Exception as error:  # whatever is wrong with one step, the others are undone
        because = str(error) if isinstance(error, HarnessError) else repr(error)
        journal.record("step", state="not undone", because=because, **facts)
        return f"{begun['step']}: {because}"
    journal.record("step", state="undone", because=because, **facts)
    return None


def heal_all(site: Site, journal: Journal, run: str) -> None:
    """Heal the faults, then fail back; both are tried even when the first fails. Raises NotHealed."""
    failures: list[str] = []
    try:
        heal_fault(site, journal, run)
    except Exception as error:  # whatever is wrong with the fault, the steps are undone
        failures.append(str(error).removeprefix("not healed: ") if isinstance(error, HarnessError) else repr(error))
    try:
        fail_back(site, journal)
    except HarnessError as error:
        failures.append(str(error).removeprefix("not healed: "))
    if failures:
        journal.record("not healed", because="; ".join(failures))
        raise NotHealed("; ".join(failures))
