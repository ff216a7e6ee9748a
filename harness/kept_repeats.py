"""Keep what repeats were made of: results/<drill>/repeats/<time>.json, named for the first run, and read it back.

The runs stay where they are; the file holds their digests and a digest of itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.digest import Digest, as_json, digest, digests
from harness.errors import StoreError
from harness.journal import FILE_NAME
from harness.runs import read_run
from harness.sealed_file import read_sealed, sealed
from harness.store import FINDINGS, load_plan, save_text
from harness.trend import Ran

FOLDER = "repeats"
FORMAT = 1
SEALED = (FILE_NAME, FINDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run by the name of its folder, how it ended, and the digests of its journal and its findings, if any."""

    name: str
    exit_code: int
    files: Mapping[str, Digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRepeats:
    """How often a drill was to run, on what it was to be judged, and what ran.

    `status` is "running", "completed" or "stopped"; `because` says why it was stopped.
    """

    asked: int
    judge_on: str
    status: str
    because: str
    runs: tuple[KeptRun, ...]


def kept_run(folder: Path, exit_code: int) -> KeptRun:
    """What is kept of a run as it lies there now. Raises StoreError."""
    return KeptRun(name=folder.name, exit_code=exit_code, files=_digests(folder))


def _digests(folder: Path) -> dict[str, Digest]:
    return {name: digest(folder / name) for name in SEALED if (folder / name).is_file()}


def path_for(first: Path) -> Path:
    """Where the repeats are kept that begin with the run in this folder."""
    return first.parent / FOLDER / f"{first.name}.json"


def save(path: Path, kept: KeptRepeats, summary: Mapping[str, Any]) -> None:
    """Write the file, with what the runs add up to. Raises StoreError."""
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError([f"{path.parent}: cannot be made: {error.strerror}"]) from error
    save_text(path, text_of(kept, summary))


def text_of(kept: KeptRepeats, summary: Mapping[str, Any]) -> str:
    """What the file holds, with the digest of all the rest as `seal`."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "asked": kept.asked,
        "judge_on": kept.judge_on,
        "status": kept.status,
        "because": kept.because,
        "runs": [_run_data(run) for run in kept.runs],
        "summary": summary,
    }
    return sealed(content)


def _run_data(run: KeptRun) -> dict[str, Any]:
    return {"folder": run.name, "exit_code": run.exit_code, "files": as_json(run.files)}


def find(path: Path) -> Path:
    """The file itself, or the newest one of a drill's folder. Raises StoreError."""
    if path.is_dir():
        found = sorted(path.glob("*.json") if path.name == FOLDER else path.glob(f"{FOLDER}/*.json"))
        if not found:
            raise StoreError([f"{path}: there are no repeats here"])
        return found[-1]
    return path


def load(path: Path) -> KeptRepeats:
    """Read the file. Raises StoreError when it is missing or anything in it was changed."""
    return read_sealed(path, "repeats of a drill", FORMAT, _repeats)


def _repeats(data: Mapping[str, Any]) -> KeptRepeats:
    texts = {name: str(data[name]) for name in ("judge_on", "status", "because")}
    return KeptRepeats(asked=int(data["asked"]), runs=tuple(_run(each) for each in data["runs"]), **texts)


def _run(data: Mapping[str, Any]) -> KeptRun:
    return KeptRun(name=Path(data["folder"]).name, exit_code=int(data["exit_code"]), files=digests(data["files"]))


def runs_of(path: Path, kept: KeptRepeats) -> tuple[Ran, ...]:
    """The runs as they lie there now; one that was changed, or was made of other files than the first, is void."""
    folders = [path.parent.parent / run.name for run in kept.runs]
    first = _inputs(folders[0]) if folders else {}
    return tuple(_ran(folder, run, first) for folder, run in zip(folders, kept.runs, strict=True))


def _ran(folder: Path, run: KeptRun, first: Mapping[str, str]) -> Ran:
    now = _digests(folder)
    changed = [name for name in SEALED if now.get(name) != run.files.get(name)]
    if changed:
        return _nothing(folder, f"not as it was kept: {', '.join(changed)}")
    inputs = _inputs(folder)
    others = sorted(name for name in inputs.keys() | first if inputs.get(name) != first.get(name))
    if others:
        return _nothing(folder, f"another drill than the first run: {', '.join(others)} changed in between")
    try:
        return read_run(folder)
    except StoreError as error:
        return _nothing(folder, error.problems[0])


def _inputs(folder: Path) -> dict[str, str]:
    """The files that a drill was made of, and their digests; nothing where there is no plan."""
    try:
        return {str(each["path"]): str(each["sha256"]) for each in load_plan(folder).get("pinned", ())}
    except StoreError:
        return {}


def _nothing(folder: Path, because: str) -> Ran:
    """A run that shows nothing."""
    return Ran(
        name=folder.name, folder=str(folder), drill="", environment="", time_scale=1.0, wall="", voids=(because,)
    )
