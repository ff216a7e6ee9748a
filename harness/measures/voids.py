"""Why a run may prove nothing, whatever its findings say."""

from collections.abc import Callable, Iterable

from harness.measures.clocks import clocks_apart
from harness.measures.crew import workers_apart
from harness.measures.disruption import disruption
from harness.measures.driven import generator_was_late, load_fell_short, probes_lost
from harness.measures.registry import find
from harness.model.history import Event, History, Outcome, Stream
from harness.model.verdict import Criterion


def voids(history: History, criteria: Iterable[Criterion]) -> tuple[str, ...]:
    """Every reason why the run proves nothing, in plain words."""
    wanted = tuple(criteria)
    return tuple(dict.fromkeys(reason for check in _CHECKS for reason in check(history, wanted)))


def _declared(history: History, _: tuple[Criterion, ...]) -> list[str]:
    return [str(e.data.get("because", e.kind)) for e in history.every("void")]


def _aborted(history: History, _: tuple[Criterion, ...]) -> list[str]:
    return [f"the run was aborted: {e.data.get('because', 'nobody said why')}" for e in history.every("aborted")]


def _not_injected(history: History, criteria: tuple[Criterion, ...]) -> list[str]:
    """Where the run itself said why it is void (no steady state, FIS refused), that is the cause."""
    if history.every("void") or history.every("aborted"):
        return []
    done = len(history.every("injected"))
    if announced := [e.data.get("fault") for e in history.every("injecting")][done:]:
        return [f"announced but never injected: {', '.join(str(name) for name in announced)}"]
    if done:
        return []
    admitted = history.first("admitted")
    meant = bool(admitted and admitted.data.get("faults")) or any(_needs(c, "fault") for c in criteria)
    return ["no fault was injected"] if meant else []


def _touched_nothing(history: History, _: tuple[Criterion, ...]) -> list[str]:
    """A fault that clients did not notice is a finding as long as something was broken."""
    injected = history.every("injected")
    if not injected or any(e.data.get("targets") for e in injected):
        return []
    found = disruption(history)
    return [f"the fault touched nothing: no experiment had a target, and {found}"] if isinstance(found, str) else []


def _changed_nothing(history: History, _: tuple[Criterion, ...]) -> list[str]:
    """A fault that hit targets, and that nobody saw do anything: neither what would show it nor any client.

    What clients noticed of several faults may be the work of the others: then what would show it decides alone.
    """
    hit = [e for e in history.every("injected") if e.data.get("targets")]
    noticed = not isinstance(disruption(history), str)
    alone = sum(len(e.data.get("faults") or ()) for e in history.every("injecting")) <= 1
    if not hit or (noticed and alone):
        return []
    stayed = [
        f"{e.data.get('fault')} was in force and changed nothing: {e.data.get('proof')} of {e.data.get('because')}"
        for e in history.every("no effect")
    ]
    if noticed:
        return stayed
    unseen = [name for e in hit for name, proof in (e.data.get("proofs") or {}).items() if not proof]
    return stayed + [
        f"nothing shows that {name} took hold: no client noticed it, and nothing else tells it" for name in unseen
    ]


def _experiment_failed(history: History, _: tuple[Criterion, ...]) -> list[str]:
    last: dict[str, Event] = {str(e.data.get("id")): e for e in history.every("experiment")}
    return [
        f"FIS experiment {id_} in {e.data.get('region')} failed: {e.data.get('reason') or 'no reason given'}"
        for id_, e in last.items()
        if e.data.get("status") == "failed"
    ]


def _never_read_back(history: History, criteria: tuple[Criterion, ...]) -> list[str]:
    wrote = any(r.write_id and r.outcome is not Outcome.FAILED for r in history.of(Stream.WRITE))
    needed = [c.measure for c in criteria if _needs(c, "ledger")]
    if history.audit is not None or not wrote or not needed:
        return []
    return [f"the data was never read back: {', '.join(dict.fromkeys(needed))} cannot be judged"]


def _driven_badly(history: History, criteria: tuple[Criterion, ...]) -> list[str]:
    return [*load_fell_short(history), *generator_was_late(history, criteria), *probes_lost(history)]


def _clocks_apart(history: History, _: tuple[Criterion, ...]) -> list[str]:
    return [*clocks_apart(history), *workers_apart(history)]


def _not_closed(history: History, _: tuple[Criterion, ...]) -> list[str]:
    return [] if history.every("closed") else ["the journal was not closed: the run died before its end"]


def _needs(criterion: Criterion, what: str) -> bool:
    measure = find(criterion.measure)
    return measure is not None and what in measure.needs


_CHECKS: tuple[Callable[[History, tuple[Criterion, ...]], list[str]], ...] = (
    _declared,
    _aborted,
    _not_injected,
    _touched_nothing,
    _changed_nothing,
    _experiment_failed,
    _never_read_back,
    _driven_badly,
    _clocks_apart,
    _not_closed,
)
