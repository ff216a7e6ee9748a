"""Hold a run's folder against what its journal, its manifest and its signature say of it."""

from collections.abc import Iterator
from pathlib import Path

from harness import signature
from harness.chain import read_chain, whole_lines
from harness.digest import digest_of, digests
from harness.errors import StoreError
from harness.journal import FILE_NAME, read_events
from harness.kept import Kept, check, read_kept
from harness.model.verification import Check, Signed, State, Verification
from harness.recomputation import derived
from harness.seal import DERIVED, MANIFEST, NOT_RECORD, SIGNATURE, sealed_files
from harness.store import PLAN


def verify(folder: Path, key: Path | None = None) -> Verification:
    """Check every file of a run. Raises StoreError where there is no run, ConfigError for a key that is none."""
    public = signature.public_key(key) if key else ""
    kept = read_kept(folder)
    record = [_journal(kept), *_record(kept)]
    intact = all(c.sound or c.state is State.UNSEALED for c in record)
    signed, signer, found = _signature(kept, public)
    checks = (*record, *_manifest(kept), *derived(kept, intact), *_added(kept), *found)
    return Verification(folder=str(folder), checks=checks, signed=signed, signer=signer, copy_of=kept.copy_of)


def _journal(kept: Kept) -> Check:
    if FILE_NAME not in kept.names:
        return check(FILE_NAME, State.MISSING, "nothing tells what happened")
    content = (kept.folder / FILE_NAME).read_bytes()
    chain = read_chain(content)
    if changes := list(_changes(kept, content)):
        return check(FILE_NAME, State.CHANGED, "; ".join(changes))
    if chain.unchained:
        which = "it was" if chain.unchained == chain.lines else f"its first {chain.unchained} lines were"
        return check(FILE_NAME, State.UNSEALED, f"{which} written without a chain, by an older Drill")
    if not kept.events or kept.events[-1].kind != "closed":
        return check(FILE_NAME, State.UNSEALED, "never closed: the run goes on, or it died and needs drill heal")
    status = kept.events[-1].data.get("status", "")
    copy = f"; redacted copy of {kept.copy_of[:16]}" if kept.copy_of else ""
    return check(FILE_NAME, State.OK, f"{chain.lines} lines, each chained to the one before it; closed: {status}{copy}")


def _changes(kept: Kept, content: bytes) -> Iterator[str]:
    """What shows that a journal was changed."""
    if broken := read_chain(content).broken:
        yield f"line {broken} does not follow from the lines before it"
    if whole_lines(content)[1] and kept.manifest:
        yield "its last line is torn"
    try:
        sealed_files(read_events(kept.folder / FILE_NAME))
    except StoreError as error:
        yield error.problems[0]
    if kept.manifest and kept.manifest.journal != digest_of(content):
        yield f"it is not the one that {MANIFEST} was written for"


def _record(kept: Kept) -> Iterator[Check]:
    """What was recorded beside the journal, as it was sealed when the run closed."""
    if kept.record is None:
        for name in sorted(n for n in kept.names - NOT_RECORD if not n.endswith("/")):
            yield _other_plan(kept, name) or check(name, State.UNSEALED, "no digest was kept of it")
        return
    for name, digest in sorted(kept.record.items()):
        wrong = kept.wrong(name, digest) or _other_plan(kept, name)
        yield wrong or check(name, State.OK, "as sealed when the run closed")


def _other_plan(kept: Kept, name: str) -> Check | None:
    """The plan has to be the one that was admitted before anything was touched."""
    admitted = next((e.data["plan"] for e in kept.events if e.kind == "admitted" and "plan" in e.data), None)
    if name != PLAN or admitted is None:
        return None
    wrong = kept.wrong(PLAN, digests({PLAN: admitted})[PLAN])
    return wrong and check(PLAN, State.CHANGED, "it is not the plan that was admitted")


def _manifest(kept: Kept) -> Iterator[Check]:
    known = kept.manifest
    if known is None:
        if MANIFEST in kept.names:
            yield check(MANIFEST, State.CHANGED, "it does not hold the digest of itself")
        elif kept.sealed is not None:
            yield check(MANIFEST, State.MISSING, "the run was sealed, and had one")
    elif kept.sealed is not None and known.record != kept.sealed:
        yield check(MANIFEST, State.CHANGED, "it names other digests than the journal")
    else:
        yield check(MANIFEST, State.OK, "; ".join(f"{w.by}, {w.wall}" for w in known.written) or "never judged")


def _added(kept: Kept) -> Iterator[Check]:
    """What nothing accounts for."""
    expected = {FILE_NAME, MANIFEST, SIGNATURE, *DERIVED, *(kept.manifest.derived if kept.manifest else ())}
    for name in sorted(kept.names - expected - set(kept.record or ())):
        if kept.record is not None or name.endswith("/"):
            yield check(name, State.ADDED, "the run did not leave it behind")
    for name in sorted(kept.odd):
        yield check(name, State.ADDED, "a link or a device; a run leaves plain files behind")


def _signature(kept: Kept, public: str) -> tuple[Signed, str, list[Check]]:
    """Whether the folder is signed, by which key, and what there is to say of it."""
    signer = kept.manifest.signer if kept.manifest else ""
    if SIGNATURE not in kept.names:
        gone = f"signed by key {signer[:16]}, and the signature is gone" if signer else "the folder was never signed"
        return Signed.NO, "", [check(SIGNATURE, State.MISSING, gone)] if signer or public else []
    try:
        found = signature.load(kept.folder)
    except StoreError as error:
        return Signed.NO, "", [check(SIGNATURE, State.CHANGED, error.problems[0])]
    if not signature.holds(kept.folder, found) or found.public_key != signer:
        wrong = f"not one over {MANIFEST} as it is: something was written or changed after it was signed"
        return Signed.NO, "", [check(SIGNATURE, State.CHANGED, wrong)]
    if public and found.public_key != public:
        return Signed.NO, "", [check(SIGNATURE, State.CHANGED, f"made with another key, {found.public_key[:16]}")]
    checked = Signed.CHECKED if public else Signed.UNCHECKED
    return checked, signer, [check(SIGNATURE, State.OK, f"key {signer[:16]}, {found.signed}")]
