"""manifest.json: the digests of a closed run's folder, and who wrote what into it since.

It holds a digest of itself, and its text is the only one of its content: a changed byte shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.chain import read_chain
from harness.digest import Digest, as_json, digest, digests
from harness.journal import FILE_NAME, read_events
from harness.plan import versions
from harness.seal import MANIFEST, sealed_files
from harness.sealed_file import read_sealed, sealed
from harness.store import save_text

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One time that files were derived from the record: by what, when, with which versions, shown as which folder."""

    by: str
    wall: str
    versions: Mapping[str, str]
    folder: str
    files: Mapping[str, Digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The digests of the journal and of the record, and every writing of derived files, oldest first.

    `chain` is the last value of the journal's chain; `signer` the public key, in hexadecimal, of who signed, or "".
    """

    journal: Digest
    chain: str
    record: Mapping[str, Digest]
    written: tuple[Writing, ...] = ()
    signer: str = ""

    @property
    def derived(self) -> dict[str, Writing]:
        """The last writing of each derived file."""
        return {name: each for each in self.written for name in each.files}


def begin(folder: Path) -> None:
    """Write the manifest of a run whose journal was closed; without that there is none. Raises StoreError.

    One that is there goes on with the new end of the journal alone: what it says of files was true when it was said.
    """
    path = folder / FILE_NAME
    sealed = sealed_files(read_events(path))
    if sealed is None:
        return
    kept = load(folder) if (folder / MANIFEST).exists() else None
    fresh = Manifest(journal=digest(path), chain=read_chain(path.read_bytes()).value, record=sealed)
    save(folder, replace(kept, journal=fresh.journal, chain=fresh.chain) if kept else fresh)


def note(folder: Path, names: Iterable[str], by: str, shown: str = "") -> None:
    """Add that these derived files were written now; what else the manifest says stays. Raises StoreError.

    `shown` is what reports call the folder, where that is not its path.
    A run that was never sealed has no manifest and gets none.
    """
    if not (folder / MANIFEST).exists():
        begin(folder)
    if not (folder / MANIFEST).exists():
        return
    known = load(folder)
    wall = datetime.now(UTC).isoformat(timespec="seconds")
    files = {name: digest(folder / name) for name in names}
    new = Writing(by=by, wall=wall, versions=versions(), folder=shown or str(folder), files=files)
    save(folder, replace(known, written=(*known.written, new)))


def save(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    save_text(folder / MANIFEST, text_of(manifest))


def text_of(manifest: Manifest) -> str:
    """What manifest.json holds, with the digest of all the rest as `seal`."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "journal": manifest.journal.as_json() | {"chain": manifest.chain},
        "record": as_json(manifest.record),
        "signer": manifest.signer,
        "written": [_writing_data(each) for each in manifest.written],
    }
    return sealed(content)


def _writing_data(writing: Writing) -> dict[str, Any]:
    return {
        "by": writing.by,
        "wall": writing.wall,
        "versions": dict(writing.versions),
        "folder": writing.folder,
        "files": as_json(writing.files),
    }


def load(folder: Path) -> Manifest:
    """Read manifest.json. Raises StoreError when it is missing or anything in it was changed."""
    return read_sealed(folder / MANIFEST, "a manifest", FORMAT, _manifest)


def _manifest(data: Mapping[str, Any]) -> Manifest:
    journal = data["journal"]
    return Manifest(
        journal=Digest(journal["sha256"], journal["size"]),
        chain=str(journal["chain"]),
        record=digests(data["record"]),
        written=tuple(_writing(each) for each in data["written"]),
        signer=str(data["signer"]),
    )


def _writing(data: Mapping[str, Any]) -> Writing:
    texts = {name: str(data[name]) for name in ("by", "wall", "folder")}
    return Writing(versions=dict(data["versions"]), files=digests(data["files"]), **texts)
