"""What a run's folder holds, and what it says that it should hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import manifest
from harness.digest import Digest, digest
from harness.errors import StoreError
from harness.journal import FILE_NAME, read_events
from harness.manifest import Manifest
from harness.model.history import Event
from harness.model.verification import Check, State
from harness.seal import MANIFEST, REDACTED, names, sealed_files
from harness.store import PLAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A folder as it is: its plain files and folders, what else lies in it, and what its journal and manifest say.

    `events` is empty, `manifest` and `sealed` are None where they are missing or cannot be read.
    """

    folder: Path
    names: frozenset[str]
    odd: frozenset[str]
    events: tuple[Event, ...]
    manifest: Manifest | None
    sealed: Mapping[str, Digest] | None

    @property
    def record(self) -> Mapping[str, Digest] | None:
        """The digests of what was recorded: by the journal, or by the manifest where the journal cannot be read."""
        return self.manifest.record if self.sealed is None and self.manifest else self.sealed

    @property
    def copy_of(self) -> str:
        """The last link of the journal that this is a redacted copy of, "" for the run itself."""
        said = next((e.data.get(REDACTED) for e in self.events if e.kind == "opened"), None)
        return str(said.get("chain", "")) if isinstance(said, Mapping) else ""

    def wrong(self, name: str, kept: Digest) -> Check | None:
        """What is wrong with a file whose digest was kept; None when nothing is."""
        if name not in self.names:
            return check(name, State.MISSING, "it was there")
        now = digest(self.folder / name)
        if now.size != kept.size:
            return check(name, State.CHANGED, f"{now.size} bytes, and it had {kept.size}")
        return None if now == kept else check(name, State.CHANGED, "as long as it was, with another content")


def check(name: str, state: State, because: str) -> Check:
    """One check of a file."""
    return Check(name=name, state=state, because=because)


def read_kept(folder: Path) -> Kept:
    """Read what there is; what cannot be read is left out. Raises StoreError where there is no run at all."""
    found = frozenset(names(folder))
    plain = frozenset(n for n in found if n.endswith("/") or _plain(folder / n))
    if not found & {FILE_NAME, MANIFEST, PLAN}:
        raise StoreError([f"{folder}: there is no run here"])
    events = _events(folder) if FILE_NAME in plain else ()
    return Kept(
        folder=folder,
        names=plain,
        odd=found - plain,
        events=events,
        manifest=_manifest(folder) if MANIFEST in plain else None,
        sealed=_sealed(events),
    )


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _events(folder: Path) -> tuple[Event, ...]:
    try:
        return read_events(folder / FILE_NAME)
    except StoreError:
        return ()


def _sealed(events: tuple[Event, ...]) -> Mapping[str, Digest] | None:
    try:
        return sealed_files(events)
    except StoreError:
        return None


def _manifest(folder: Path) -> Manifest | None:
    try:
        return manifest.load(folder)
    except StoreError:
        return None
