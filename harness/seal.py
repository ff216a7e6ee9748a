"""Digests of what a run recorded, kept in the event that closes its journal."""

from collections.abc import Iterable
from pathlib import Path

from harness.digest import Digest, as_json, digest, digests
from harness.journal import FILE_NAME, Journal
from harness.model.history import Event

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
REDACTED = "redacted"
"""Where the `opened` event of a redacted copy says what it is a copy of: sha256 and last link of the run's journal."""
# What is made from the record, and can be made again; everything else in the folder is the record.
DERIVED = ("findings.json", "latency.hlog", "report.html", "report.txt", "junit.xml", "timeline.svg")
NOT_RECORD = frozenset({FILE_NAME, MANIFEST, SIGNATURE, *DERIVED})


def names(folder: Path) -> tuple[str, ...]:
    """Everything in a run's folder, folders with a slash at the end; links are not followed."""
    found = (p for p in folder.rglob("*"))
    return tuple(sorted(p.relative_to(folder).as_posix() + ("/" if _is_folder(p) else "") for p in found))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def record_digests(folder: Path) -> dict[str, Digest]:
    """The digests of everything that was recorded beside the journal."""
    return {name: digest(folder / name) for name in names(folder) if name not in NOT_RECORD and name[-1] != "/"}


def close(journal: Journal, status: str) -> None:
    """Record `closed` with the digests of everything that was recorded: the last event of a run."""
    journal.record("closed", status=status, files=as_json(record_digests(journal.path.parent)))


def sealed_files(events: Iterable[Event]) -> dict[str, Digest] | None:
    """What the first closing of the journal sealed; None where none did. Raises StoreError."""
    closings = [e for e in events if e.kind == "closed" and "files" in e.data]
    return digests(closings[0].data["files"]) if closings else None
