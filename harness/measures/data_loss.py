"""Which acknowledged writes the surviving database lacks: the objective on it is the RPO."""

from harness.measures.bracket import Bracket
from harness.measures.disruption import disruption, injected_at
from harness.measures.ledger import Ledger, ledger
from harness.measures.registry import Scope, measure
from harness.measures.units import amount, moment
from harness.model.history import History, Request
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
    return Measurement(
        value=0.0,
        unit="s",
        resolution=_resolution(history, book, effect),
        because=_counted(book),
        **_limits(history, book, effect),
        evidence=book.evidence(),
    )


def _span(history: History, book: Ledger, effect: Bracket) -> Measurement:
    first = book.lost[0]
    until = max([effect.guess, *(w.finished for w in _both_sides(book, effect))])
    acknowledged = f"the first was acknowledged at {moment(first.finished, history.time_scale)}"
    because = f"{_counted(book)}; {acknowledged}, the effect was at {moment(effect.guess, history.time_scale)}"
    if until > effect.guess:
        because += (
            f", and writes sent after it were lost until {moment(until, history.time_scale)}: both sides took writes"
        )
    return Measurement(
        value=max(0.0, until - first.finished) * history.time_scale,
        unit="s",
        resolution=_resolution(history, book, effect),
        because=because,
        **_limits(history, book, effect),
        evidence={**book.evidence(), "first_lost": first.finished, "effect": effect.guess},
    )


def _both_sides(book: Ledger, effect: Bracket) -> tuple[Request, ...]:
    return tuple(w for w in book.lost if w.sent > effect.until)


def _resolution(history: History, book: Ledger, effect: Bracket) -> float:
    return (book.spacing + effect.error) * history.time_scale


def _limits(history: History, book: Ledger, effect: Bracket) -> dict[str, str]:
    """What makes the resolution no finer: the larger of its two parts."""
    if book.spacing >= effect.error:
        apart = amount(book.spacing * history.time_scale, "s")
        return {"limited_by": f"the time between two acknowledged writes, {apart}", "remedy": "a higher order rate"}
    known = amount(effect.error * history.time_scale, "s")
    return {"limited_by": f"the effect of the fault, known to {known}", "remedy": "a higher probe rate"}


def _counted(book: Ledger) -> str:
    unsure = len(book.indeterminate)
    text = f"{len(book.lost)} of {len(book.acknowledged)} acknowledged writes are missing in {book.audit.region}"
    return text + (f"; {unsure} more had no answer and count as neither" if unsure else "")
