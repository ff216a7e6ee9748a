"""The ledger of writes beside what the surviving database holds."""

from dataclasses import dataclass

from harness.model.history import History, Outcome, Request, Stream

FIRST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The fate of every write. `region` None means that the data was never read back, and the other counts say nothing."""

    region: str | None
    sent: int
    acknowledged: int
    failed: int
    indeterminate: int
    lost: tuple[Request, ...] = ()
    there: int = 0
    there_though_failed: int = 0
    duplicates: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def not_there(self) -> int:
        """Writes without an answer that the database lacks."""
        return self.indeterminate - self.there


def ledger(history: History) -> Ledger:
    """Count the writes of the ledger writer by what the database says of them."""
    writes = [r for r in history.of(Stream.WRITE) if r.write_id is not None]
    by = {outcome: [r for r in writes if r.outcome is outcome] for outcome in Outcome}
    counts = {
        "sent": len(writes),
        "acknowledged": len(by[Outcome.OK]),
        "failed": len(by[Outcome.FAILED]),
        "indeterminate": len(by[Outcome.INDETERMINATE]),
    }
    if history.audit is None:
        return Ledger(region=None, **counts)
    rows = history.audit.rows
    return Ledger(
        region=history.audit.region,
        lost=tuple(r for r in by[Outcome.OK] if not rows.get(r.write_id or "")),
        there=sum(bool(rows.get(r.write_id or "")) for r in by[Outcome.INDETERMINATE]),
        there_though_failed=sum(bool(rows.get(r.write_id or "")) for r in by[Outcome.FAILED]),
        duplicates=tuple(sorted(i for i, count in rows.items() if count > 1)),
        unknown=history.audit.unknown,
        **counts,
    )
