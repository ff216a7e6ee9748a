"""Writes that the surviving database holds too often, or that nobody made."""

from harness.measures.ledger import MOST_IDS, Ledger, count_by_population, ledger
from harness.measures.registry import Scope, measure
from harness.model.history import History
from harness.model.verdict import Measurement, unmeasured


@measure("duplicate writes", unit="writes", needs=("ledger",))
def duplicate_writes(history: History, scope: Scope) -> Measurement:
    """How many writes the surviving database holds more than once; exact."""
    book = ledger(history, scope.population)
    if isinstance(book, str):
        return unmeasured("writes", book)
    return Measurement(
        value=float(len(book.duplicates)),
        unit="writes",
        because=f"{len(book.duplicates)} of the writes made are in {book.audit.region} more than once",
        evidence=_evidence(book),
    )


@measure("unknown writes", unit="writes", population=False, needs=("ledger",))
def unknown_writes(history: History, scope: Scope) -> Measurement:
    """How many rows the surviving database holds under an id that nobody sent; exact."""
    book = ledger(history, None)
    if isinstance(book, str):
        return unmeasured("writes", book)
    unknown = book.audit.unknown
    return Measurement(
        value=float(len(unknown)),
        unit="writes",
        because=f"{len(unknown)} writes in {book.audit.region} were made by nobody",
        evidence={"ids": list(unknown[:MOST_IDS]), "total": len(unknown)},
    )


def _evidence(book: Ledger) -> dict[str, object]:
    twice = book.duplicates
    return {
        "ids": [w.write_id for w in twice[:MOST_IDS]],
        "total": len(twice),
        "rows_too_many": sum(book.rows(w) - 1 for w in twice),
        "by_population": count_by_population(twice),
    }
