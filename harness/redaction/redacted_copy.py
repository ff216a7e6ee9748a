"""Makes the redacted copy of a run: its record with pseudonyms, a journal chained and sealed anew, judged again."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import evidence, manifest
from harness.chain import beginning, chained
from harness.digest import digest, digest_of
from harness.errors import StoreError
from harness.journal import FILE_NAME, encode, read_events
from harness.judge import judgement_from_json
from harness.model.history import Event
from harness.redaction.lines import copy_redacted
from harness.redaction.redactor import Redactor
from harness.redaction.scan import Scan
from harness.redaction.survey import surveyed
from harness.seal import DERIVED, NOT_RECORD, REDACTED, names
from harness.store import FINDINGS, PLAN, load_plan, save_json
from harness.verification import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A redacted copy: of which run (the last link of its journal), and how many originals of each kind it replaced."""

    folder: Path
    of: str
    counts: Mapping[str, int]


def redact(
    run: Path, target: Path, *, hide: Sequence[str] = (), keep: Sequence[str] = (), kept_map: Path | None = None
) -> Copy:
    """Make a redacted copy; `kept_map` says where to write what stands for what. The run stays as it is.

    `hide` are more words to replace, `keep` are words to leave. Raises StoreError, and then leaves nothing behind.
    """
    _admit(run, target, kept_map)
    run, known = run.resolve(), manifest.load(run)
    redactor = surveyed(run, hide, keep)
    with _new_folder(target) as new:
        _copy_record(run, new, redactor)
        _copy_journal(run, new, redactor, {"sha256": known.journal.sha256, "chain": known.chain})
        manifest.begin(new)
        if derived := [name for name in DERIVED if (run / name).exists()]:
            evidence.write_derived(new, derived, by="drill redact", shown=target.name)
        _check(run, new, redactor)
        copy = Copy(folder=target, of=known.chain, counts=redactor.pseudonyms.counts)
        with _written(kept_map, redactor, copy, new):
            new.rename(target)
    return copy


def _admit(run: Path, target: Path, kept_map: Path | None) -> None:
    """Raise StoreError with everything that is in the way."""
    found = verify(run)
    wrong = [f"{run}: not redacted, for it is not verified: {c.name}: {c.because}" for c in found.problems]
    events = read_events(run / FILE_NAME) if not wrong else ()
    if any(REDACTED in e.data for e in events if e.kind == "opened"):
        wrong.append(f"{run}: it is a redacted copy; redact the run that it was made of")
    for path in (target, kept_map):
        if path is not None:
            wrong += _place_problems(path, run)
    if kept_map and (kept_map.resolve() == target.resolve() or target.resolve() in kept_map.resolve().parents):
        wrong.append(f"{kept_map}: it would lie in the copy, and tell what the copy does not")
    if wrong:
        raise StoreError(wrong)


def _place_problems(path: Path, run: Path) -> Iterator[str]:
    if path.exists() or path.is_symlink():
        yield f"{path}: it exists"
    elif not path.absolute().parent.is_dir():
        yield f"{path}: there is no folder {path.parent}"
    if run.resolve() in path.resolve().parents:
        yield f"{path}: it would lie in the folder of the run, which would not be verified any more"


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, which has become the target at the end or is gone."""
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    except OSError as error:
        raise StoreError([f"{target}: cannot be written: {error.strerror}"]) from error
    try:
        new.chmod(0o755)
        yield new
    except OSError as error:
        raise StoreError([f"{target}: cannot be written: {error}"]) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _copy_record(run: Path, new: Path, redactor: Redactor) -> None:
    for name in names(run):
        if name in NOT_RECORD:
            continue
        path = new / redactor.text(name)
        if path.exists():
            raise StoreError([f"{run / name}: two files would have the name {path.name}"])
        copy_redacted(run / name, path, redactor)
    _pin_again(new)


def _pin_again(new: Path) -> None:
    """The files that the drill was read from, as they are now; digests of what they were would give them away."""
    plan = load_plan(new)
    pinned = [each | digest_of(each["text"].encode()).as_json() for each in plan.get("pinned", ())]
    save_json(new / PLAN, plan | ({"pinned": pinned} if pinned else {}))


def _copy_journal(run: Path, new: Path, redactor: Redactor, of: Mapping[str, str]) -> None:
    """Chain every event anew, those with digests with the digests of the copy."""
    said = {**of, "wall": datetime.now(UTC).isoformat(timespec="seconds")}
    chain = beginning()
    with (new / FILE_NAME).open("w", encoding="utf-8") as file:
        for event in read_events(run / FILE_NAME):
            data: dict[str, Any] = json.loads(redactor.json(encode(event)))["data"]
            if event.kind == "opened":
                data[REDACTED] = said
            if "plan" in data and event.kind == "admitted":
                data["plan"] = digest(new / PLAN).as_json()
            if "files" in data and event.kind == "closed":
                data["files"] = {
                    redactor.text(name): digest(new / redactor.text(name)).as_json() for name in event.data["files"]
                }
            line, chain = chained(chain, encode(Event(seq=event.seq, at=event.at, kind=event.kind, data=data)))
            file.write(line + "\n")


def _check(run: Path, new: Path, redactor: Redactor) -> None:
    """Raise StoreError unless the copy is verified, says what the run said, and gives nothing away."""
    wrong = [f"{c.name}: {c.because}" for c in verify(new).problems]
    if (run / FINDINGS).exists() and _figures(run) != _figures(new):
        wrong.append(
            f"{FINDINGS}: the copy says something else than the run; one of the names is a word of Drill's own"
        )
    left = {(each.kind, each.original): name for name, each in Scan(redactor.pseudonyms.replaced).folder(new)}
    wrong += [
        f"{name}: {word!r} ({kind}) stands there still; is it no secret, add --keep {word}"
        for (kind, word), name in left.items()
    ]
    if wrong:
        raise StoreError([f"not redacted: {each}" for each in wrong])


def _figures(folder: Path) -> object:
    """What a judgement says, without its words."""
    judgement = judgement_from_json((folder / FINDINGS).read_text(encoding="utf-8"))
    held = [(f.criterion, f.verdict, f.measurement.value, f.measurement.resolution) for f in judgement.findings]
    return judgement.verdict, len(judgement.voids), held


@contextmanager
def _written(path: Path | None, redactor: Redactor, copy: Copy, new: Path) -> Iterator[None]:
    """The map, for its owner's eyes alone; gone again when the copy does not come about."""
    if path is None:
        yield
        return
    replaced = {r.pseudonym: {"kind": r.kind, "original": r.original} for r in redactor.pseudonyms.replaced}
    content = {"of": copy.of, "copy": manifest.load(new).chain, "pseudonyms": replaced}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
    try:
        yield
    except BaseException:
        path.unlink()
        raise
