"""The accepted runs of a drill, in results/<drill>/accepted.json: later runs are held against the last one.

The runs stay where they are; the file holds their digests and a digest of itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.digest import Digest, as_json, digest, digests
from harness.journal import FILE_NAME
from harness.sealed_file import read_sealed, sealed
from harness.store import FINDINGS, save_text

ACCEPTED = "accepted.json"
FORMAT = 1
SEALED = (FILE_NAME, FINDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A run by the name of its folder: when it was accepted, with which verdict, and the digests of its evidence."""

    run: str
    wall: str
    verdict: str
    files: Mapping[str, Digest]


def accepted_run(folder: Path, wall: str, verdict: str) -> Accepted:
    """A run as it lies there now. Raises StoreError."""
    return Accepted(run=folder.name, wall=wall, verdict=verdict, files={name: digest(folder / name) for name in SEALED})


def load(drill: Path) -> tuple[Accepted, ...]:
    """The accepted runs of a drill, oldest first, from its folder of runs; none where nobody accepted one.

    Raises StoreError when the file is none, or anything in it was changed.
    """
    path = drill / ACCEPTED
    if not path.exists():
        return ()
    return read_sealed(path, "a list of accepted runs", FORMAT, _runs)


def save(drill: Path, known: tuple[Accepted, ...]) -> None:
    """Write the file. Raises StoreError."""
    save_text(drill / ACCEPTED, text_of(known))


def text_of(known: tuple[Accepted, ...]) -> str:
    """What the file holds, with the digest of all the rest as `seal`."""
    runs = [{"folder": a.run, "accepted": a.wall, "verdict": a.verdict, "files": as_json(a.files)} for a in known]
    return sealed({"format": FORMAT, "runs": runs})


def _runs(data: Mapping[str, Any]) -> tuple[Accepted, ...]:
    return tuple(_run(each) for each in data["runs"])


def _run(data: Mapping[str, Any]) -> Accepted:
    return Accepted(
        run=Path(data["folder"]).name,
        wall=str(data["accepted"]),
        verdict=str(data["verdict"]),
        files=digests(data["files"]),
    )


def changed(drill: Path, known: Accepted) -> str:
    """What became of the evidence of an accepted run since; empty when it is as it was."""
    folder = drill / known.run
    gone = [name for name in known.files if not (folder / name).is_file()]
    if gone:
        return f"{', '.join(gone)} of the accepted run {known.run} is gone"
    other = [name for name, kept in known.files.items() if digest(folder / name) != kept]
    return f"{', '.join(other)} of the accepted run {known.run} was changed since" if other else ""
