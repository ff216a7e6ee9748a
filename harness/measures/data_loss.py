"""Which acknowledged writes the surviving database lacks: the objective on it is the RPO."""

from harness.measures.bracket import Bracket
from harness.measures.disruption import disruption, injected_at
from harness.measures.ledger import Ledger, ledger
from harness.measures.limits import Limit, by_edge, by_writes, larger
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
    Resolution: the time between two acknowledged writes and, where some were lost, that of the effect.
    """
    book = ledger(history, scope.population)
    if isinstance(book, str):
        return unmeasured("s", book)
    effect = _effect(history)
    if effect is None:
        return unmeasured("s", "no fault was injected, so there is no moment to count from", **book.evidence())
    return _span(history, book, effect) if book.lost else _nothing_lost(history, book)


def _effect(history: History) -> Bracket | None:
    """When clients saw the effect; the injection, where they saw none or nothing can be known of it."""
    found = disruption(history, complete=False)
    if not isinstance(found, str):
        return found.effect
    injected = injected_at(history)
    return None if injected is None else Bracket(after=injected, until=injected)


def _nothing_lost(history: History, book: Ledger) -> Measurement:
    """Whenever the effect was: what was acknowledged is there, and a write between two of them would have told more."""
    return Measurement(
        value=0.0,
        unit="s",
        resolution=book.spacing * history.time_scale,
        because=_counted(book),
        **by_writes(book.spacing, history.time_scale).words(),
        evidence=book.evidence(),
    )


def _span(history: History, book: Ledger, effect: Bracket) -> Measurement:
    first, later = book.lost[0].finished, _both_sides(book, effect)
    end = later or _end(book, effect)
    seen = effect.guess if later else end.guess
    acknowledged = f"the first was acknowledged at {moment(first, history.time_scale)}"
    because = f"{_counted(book)}; {acknowledged}, the effect was at {moment(seen, history.time_scale)}"
    if later:
        until = moment(later.guess, history.time_scale)
        because += f", and writes sent after it were lost until {until}: both sides took writes"
    return Measurement(
        value=max(0.0, end.guess - first) * history.time_scale,
        unit="s",
        resolution=_resolution(history, book, end),
        because=because,
        **_limit(history, book, end).words(),
        evidence={**book.evidence(), "first_lost": first, "effect": seen},
    )


def _both_sides(book: Ledger, effect: Bracket) -> Bracket | None:
    """The last acknowledgement of the lost writes, where some were sent after the effect."""
    last = max((w.finished for w in book.lost if w.sent > effect.until), default=None)
    return None if last is None else Bracket(after=last, until=last)


def _end(book: Ledger, effect: Bracket) -> Bracket:
    """When the database that is gone took its last write: at the effect, as the lost writes narrow it down.

    It took each between when it was sent and acknowledged. A client that was busy reads an acknowledgement late, maybe
    after another write should have been answered and was not: then it is not known which of the two tells the truth.
    """
    known = [w.finished if w.finished <= effect.until else w.sent for w in book.lost]
    after, until = max(effect.after, *known), max(effect.until, book.lost[-1].finished)
    return Bracket(after=after, until=until, likely=max(effect.guess, (after + effect.until) / 2))


def _resolution(history: History, book: Ledger, effect: Bracket) -> float:
    return (book.spacing + effect.error) * history.time_scale


def _limit(history: History, book: Ledger, effect: Bracket) -> Limit:
    """What makes the resolution no finer: the larger of its two parts."""
    of_effect = by_edge(effect, history.time_scale, "the effect of the fault")
    return larger(by_writes(book.spacing, history.time_scale), of_effect)


def _counted(book: Ledger) -> str:
    unsure = len(book.indeterminate)
    text = f"{len(book.lost)} of {len(book.acknowledged)} acknowledged writes are missing in {book.audit.region}"
    return text + (f"; {unsure} more had no answer and count as neither" if unsure else "")
