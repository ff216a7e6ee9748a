"""Which acknowledged writes the surviving database lacks: the objective on it is the RPO."""

from harness.measures.bracket import Bracket
from harness.measures.disruption import disruption, injected_at
from harness.measures.ledger import Ledger, ledger
from harness.measures.registry import Scope, measure
from harness.measures.units import moment
from harness.model.history import History
from harness.model.verdict import Measurement, unmeasured


@measure("lost writes", unit="writes", needs=("ledger",))
def lost_writes(history: History, scope: Scope) -> Measurement:
    """How many acknowledged writes the surviving database lacks; exact. INDETERMINATE writes are not among them."""
    book = ledger(history, scope.population)
    if isinstance(book, str):
        return unmeasured("writes", book)
    return Measurement(value=float(len(book.lost)), unit="writes", because=_counted(book), evidence=book.evidence())


@measure("data loss", unit="s", needs=("fault", "ledger"))
def data_loss(history: History, scope: Scope) -> Measurement:
    """From the first lost acknowledgement to the effect of the fault. Model seconds; 0 when nothing was lost.

    Where writes that were sent after the effect were lost too (both sides took writes), until the last of these.
    Resolution: the time between two acknowledged writes and that of the effect.
    """
    book = ledger(history, scope.population)
    if isinstance(book, str):
        return unmeasured("s", book)
    effect = _effect(history)
    if effect is None:
        return unmeasured("s", "no fault was injected, so there is no moment to count from", **book.evidence())
    return _span(history, book, effect) if book.lost else _nothing_lost(history, book, effect)


def _effect(history: History) -> Bracket | None:
    """When clients saw the effect; the injection, where they saw none or nothing can be known of it."""
    found = disruption(history, complete=False)
    if not isinstance(found, str):
        return found.effect
    injected = injected_at(history)
    return None if injected is None else Bracket(after=injected, until=injected)


def _nothing_lost(history: History, book: Ledger, effect: Bracket) -> Measurement:
    resolution = _resolution(history, book, effect)
    return Measurement(value=0.0, unit="s", resolution=resolution, because=_counted(book), evidence=book.evidence())


def _span(history: History, book: Ledger, effect: Bracket) -> Measurement:
    first, end = book.lost[0].finished, _end(book, effect)
    both_sides = any(w.sent > effect.until for w in book.lost)
    seen = effect.guess if both_sides else end.guess
    acknowledged = f"the first was acknowledged at {moment(first, history.time_scale)}"
    because = f"{_counted(book)}; {acknowledged}, the effect was at {moment(seen, history.time_scale)}"
    if both_sides:
        until = moment(end.guess, history.time_scale)
        because += f", and writes sent after it were lost until {until}: both sides took writes"
    return Measurement(
        value=max(0.0, end.guess - first) * history.time_scale,
        unit="s",
        resolution=_resolution(history, book, end),
        because=because,
        evidence={**book.evidence(), "first_lost": first, "effect": seen},
    )


def _end(book: Ledger, effect: Bracket) -> Bracket:
    """When the database that is gone took its last write: at the effect, and not before the last one that is lost."""
    last = book.lost[-1].finished
    if last <= effect.after:
        return effect
    return Bracket(after=last, until=max(last, effect.until))


def _resolution(history: History, book: Ledger, effect: Bracket) -> float:
    return (book.spacing + effect.error) * history.time_scale


def _counted(book: Ledger) -> str:
    unsure = len(book.indeterminate)
    text = f"{len(book.lost)} of {len(book.acknowledged)} acknowledged writes are missing in {book.audit.region}"
    return text + (f"; {unsure} more had no answer and count as neither" if unsure else "")
