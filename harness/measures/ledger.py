"""The writes of a run beside what the surviving database holds of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from harness.model.history import Audit, History, Outcome, Request, Stream

MOST_IDS = 50
_TELLING = (Outcome.OK, Outcome.INDETERMINATE, Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every write of the scope that was over before the audit, by its outcome, in the order they finished.

    A write that was tried again under its id is one write: its first acknowledgement counts, else that nobody knows.
    """

    audit: Audit
    acknowledged: tuple[Request, ...]
    refused: tuple[Request, ...]
    indeterminate: tuple[Request, ...]

    @property
    def lost(self) -> tuple[Request, ...]:
        """Acknowledged, and not in the surviving database."""
        return tuple(r for r in self.acknowledged if self.rows(r) == 0)

    @property
    def duplicates(self) -> tuple[Request, ...]:
        """Writes that the surviving database holds more than once, whatever their outcome."""
        return tuple(r for r in (*self.acknowledged, *self.refused, *self.indeterminate) if self.rows(r) > 1)

    @property
    def spacing(self) -> float:
        """The median time between two acknowledgements, in real seconds."""
        times = [r.finished for r in self.acknowledged]
        return median([b - a for a, b in pairwise(times)] or [0.0])

    def rows(self, write: Request) -> int:
        """How many rows of a write there are."""
        return self.audit.rows.get(write.write_id or "", 0)

    def evidence(self) -> dict[str, Any]:
        """The counts that every finding on the ledger shows."""
        lost = self.lost
        there = sum(self.rows(r) > 0 for r in self.indeterminate)
        return {
            "acknowledged": len(self.acknowledged),
            "lost": len(lost),
            "lost_ids": [r.write_id for r in lost[:MOST_IDS]],
            "lost_by_population": count_by_population(lost),
            "indeterminate": {"there": there, "not there": len(self.indeterminate) - there},
            "refused_but_there": sum(self.rows(r) > 0 for r in self.refused),
            "audited_in": self.audit.region,
        }


def count_by_population(writes: tuple[Request, ...]) -> dict[str, int]:
    """How many of the writes each population made."""
    return {p: sum(w.population == p for w in writes) for p in sorted({w.population for w in writes})}


def ledger(history: History, population: str | None) -> Ledger | str:
    """The ledger of one population or of all, or why nothing can be said of it."""
    audit = history.audit
    if audit is None:
        return "the data was never read back"
    made = [r for r in history.of(Stream.WRITE) if r.write_id and r.finished <= audit.at]
    mine = _one_each(r for r in made if population in (None, r.population))
    acknowledged = tuple(r for r in mine if r.outcome is Outcome.OK)
    if not acknowledged:
        return f"no write{f' of {population}' if population else ''} was acknowledged, so none could be lost"
    return Ledger(
        audit=audit,
        acknowledged=acknowledged,
        refused=tuple(r for r in mine if r.outcome is Outcome.FAILED),
        indeterminate=tuple(r for r in mine if r.outcome is Outcome.INDETERMINATE),
    )


def _one_each(attempts: Iterable[Request]) -> list[Request]:
    """The attempt of each write that tells most, the first such one; of one outcome in the order they finished."""
    telling: dict[str | None, Request] = {}
    for each in sorted(attempts, key=lambda r: (_TELLING.index(r.outcome), r.finished)):
        telling.setdefault(each.write_id, each)
    return list(telling.values())
