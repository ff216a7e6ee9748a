"""Whether what was made from the record of a run is what is made from it now."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from harness import evidence
from harness.kept import Kept, check
from harness.manifest import Writing
from harness.model.verification import Check, State
from harness.plan import versions
from harness.seal import DERIVED
from harness.store import FINDINGS

Made = Mapping[str, str] | str


def derived(kept: Kept, intact: bool) -> Iterator[Check]:
    """Each file that is made from the record: is it as it was written, and is it made so again?

    `intact` says whether the record holds; of another one nothing is made.
    """
    written = kept.manifest.derived if kept.manifest else {}
    made: dict[str, Made] = {}
    for name in [*(n for n in DERIVED if n in written or n in kept.names), *sorted(set(written) - set(DERIVED))]:
        writing = written.get(name)
        wrong = kept.wrong(name, writing.files[name]) if writing else None
        if wrong or not intact:
            yield wrong or check(name, State.DIFFERENT, "not made again: the record does not hold")
            continue
        shown = writing.folder if writing else str(kept.folder)
        if shown not in made:
            made[shown] = _made(kept.folder, shown)
        yield _again(kept, name, writing, made[shown])


def _made(folder: Path, shown: str) -> Made:
    """What is made of the record now, or why nothing can be."""
    try:
        return evidence.derive(folder, shown)[1]
    except Exception as error:  # a record that was never sealed may hold anything
        return f"{type(error).__name__}: {error}"


def _again(kept: Kept, name: str, writing: Writing | None, made: Made) -> Check:
    if isinstance(made, str):
        return check(name, State.DIFFERENT, f"it cannot be made again: {made}")
    if name not in made:
        return check(name, State.NOTE, "as it was written; this version of Drill does not make it")
    if made[name].encode() != (kept.folder / name).read_bytes():
        return _otherwise(name, _newer(writing))
    if writing is None:
        return check(name, State.UNSEALED, "no digest was kept of it; it is what is made from the record now")
    return check(name, State.OK, "as it was written; made again from the record, byte for byte")


def _otherwise(name: str, newer: str) -> Check:
    """A report may read differently in another version; a judgement must not."""
    if newer and name != FINDINGS:
        return check(name, State.NOTE, f"as it was written; made otherwise by other versions ({newer})")
    why = f" ({newer})" if newer else ""
    return check(name, State.DIFFERENT, f"something else is made from the record now{why}")


def _newer(writing: Writing | None) -> str:
    """The versions that are not those of the writing."""
    now = versions()
    before = writing.versions if writing else now
    return "; ".join(f"{k} {v}, now {now.get(k, 'none')}" for k, v in sorted(before.items()) if v != now.get(k))
