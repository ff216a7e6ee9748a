"""What became of the writes, as counts that can be shown."""

from dataclasses import dataclass

from harness.measures.ledger import Ledger, ledger
from harness.model.history import History
from harness.reports.wording import plain

FIRST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Rows of (name, count, good | bad | ""), and the ids of the first twenty lost writes."""

    rows: tuple[tuple[str, int, str], ...]
    lost: int
    lost_ids: tuple[str, ...]
    region: str


def fate(history: History) -> Fate | str:
    """The fate of all writes, or why nothing is known of them."""
    driving = history.first("driving")
    if driving is not None and not driving.data.get("orders", True):
        return "the drill made no writes"
    book = ledger(history, None)
    return book if isinstance(book, str) else _fate(book)


def _fate(book: Ledger) -> Fate:
    lost = book.lost
    there = sum(book.rows(r) > 0 for r in book.indeterminate)
    refused_there = sum(book.rows(r) > 0 for r in book.refused)
    return Fate(
        rows=(
            ("Acknowledged", len(book.acknowledged), ""),
            ("Acknowledged, and lost", len(lost), "bad" if lost else "good"),
            ("Indeterminate, and there", there, ""),
            ("Indeterminate, and not there", len(book.indeterminate) - there, ""),
            ("Refused", len(book.refused), ""),
            ("Refused, and yet there", refused_there, "bad" if refused_there else ""),
            ("There more than once", len(book.duplicates), "bad" if book.duplicates else ""),
            ("There, but nobody made them", len(book.audit.unknown), "bad" if book.audit.unknown else ""),
        ),
        lost=len(lost),
        lost_ids=tuple(plain(r.write_id) for r in lost[:FIRST]),
        region=plain(book.audit.region),
    )
