"""What `drill accept` does. A composition root."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import accepted
from harness.endings import EXIT_CODES, Endings
from harness.errors import ConfigError, StoreError
from harness.judge import judgement_from_json
from harness.measures.change import NO_BASELINE
from harness.model.verdict import Finding, Judgement, Verdict
from harness.reports.verified import conclusion
from harness.store import FINDINGS, load_events
from harness.verification import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One accepted run as it is listed; `state` says what became of it since."""

    drill: str
    run: str
    wall: str
    verdict: str
    state: str


def accept(run: Path | None, *, anyway: bool, as_json: bool) -> int:
    """Accept a run as the baseline of its drill. Raises StoreError for one that later runs must not be held against."""
    if run is None:
        raise ConfigError(["accept: name the folder of a run, or say --list"])
    folder = run.resolve()
    judgement = _judged(folder)
    if problem := _problem(folder, judgement, anyway):
        raise StoreError([f"{run}: not accepted: {problem}"])
    known = accepted.load(folder.parent)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = accepted.accepted_run(folder, now, judgement.verdict.value)
    accepted.save(folder.parent, (*known, fresh))
    before = f", after {known[-1].run}" if known else ""
    told = {"drill": folder.parent.name, "run": fresh.run, "verdict": fresh.verdict, "accepted": now}
    print(json.dumps(told) if as_json else f"{run}: accepted ({fresh.verdict}){before}; later runs are held against it")
    return 0


def accept_firsts(endings: Endings) -> None:
    """Accept every run that lacked only a baseline because no run of its drill was accepted yet; it ends as a pass."""
    folders = dict(endings.began)
    for n, (node, code, text) in enumerate(endings.each):
        folder = folders.get(node)
        if code != EXIT_CODES[Verdict.INCONCLUSIVE] or folder is None or accepted.load(folder.parent):
            continue
        if _first_of_its_kind(_judged(folder)):
            accept(folder, anyway=False, as_json=False)
            endings.each[n] = (node, EXIT_CODES[Verdict.PASS], text)


def _judged(folder: Path) -> Judgement:
    load_events(folder)
    if not (folder / FINDINGS).is_file():
        raise StoreError([f"{folder}: not accepted: it was never judged, so it is no run that came to its end"])
    return judgement_from_json((folder / FINDINGS).read_text(encoding="utf-8"))


def _problem(folder: Path, judgement: Judgement, anyway: bool) -> str:
    """Why nobody should be held against this run; empty when somebody may be."""
    if judgement.voids:
        return f"it proves nothing: {judgement.voids[0]}"
    found = verify(folder)
    if not found.verified:
        return f"it is {conclusion(found)}; see drill verify"
    if anyway or judgement.verdict is Verdict.PASS or _first_of_its_kind(judgement):
        return ""
    return f"it is {judgement.verdict.value}; to accept it all the same: --even-though-it-failed"


def _first_of_its_kind(judgement: Judgement) -> bool:
    """Whether only a baseline was missing for a PASS: otherwise no first run could ever be accepted."""
    left = [f for f in judgement.findings if not _without_baseline(f)]
    return bool(left) and all(f.verdict is Verdict.PASS for f in left)


def _without_baseline(finding: Finding) -> bool:
    return finding.measurement.value is None and finding.measurement.evidence.get("baseline") == NO_BASELINE


def show(results: Path, *, as_json: bool) -> int:
    """List the accepted runs of every drill; the last one of each is its baseline."""
    rows = [row for path in sorted(results.glob(f"*/{accepted.ACCEPTED}")) for row in _rows(path.parent)]
    if as_json:
        print(json.dumps([_row_json(row) for row in rows], indent=2))
    elif not rows:
        print(f"no run in {results} was accepted")
    else:
        print("\n".join(f"{row.drill}/{row.run}  {row.verdict:12}  accepted {row.wall}  {row.state}" for row in rows))
    return 0


def _rows(drill: Path) -> list[Row]:
    known = accepted.load(drill)
    return [
        Row(
            drill=drill.name,
            run=each.run,
            wall=each.wall,
            verdict=each.verdict,
            state=accepted.changed(drill, each) or ("the baseline" if each is known[-1] else "an earlier baseline"),
        )
        for each in known
    ]


def _row_json(row: Row) -> dict[str, str]:
    return {"drill": row.drill, "run": row.run, "accepted": row.wall, "verdict": row.verdict, "state": row.state}
