"""Runs as they were judged, read from their folders."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import StoreError
from harness.journal import FILE_NAME
from harness.judge import judgement_from_json
from harness.store import FINDINGS, load_events
from harness.trend import Ran


def read_run(folder: Path) -> Ran:
    """The judgement that was kept of a run; an aborted one has none. Raises StoreError."""
    opened, findings = load_events(folder)[0].data, folder / FINDINGS
    kept = judgement_from_json(findings.read_text(encoding="utf-8")) if findings.exists() else None
    return Ran(
        name=folder.resolve().name,
        folder=str(folder),
        drill=str(opened.get("drill", "")),
        environment=str(opened.get("environment", "")),
        time_scale=float(opened.get("time_scale", 1.0)),
        wall=str(opened.get("wall", "")),
        verdict=kept.verdict if kept else None,
        voids=kept.voids if kept else (),
        findings=kept.findings if kept else (),
    )


def read_runs(folders: Sequence[Path]) -> tuple[Ran, ...]:
    """Several runs, in this order. Raises StoreError with every problem."""
    runs, problems = [], list[str]()
    for folder in folders:
        try:
            runs.append(read_run(folder))
        except StoreError as error:
            problems += error.problems
    if problems:
        raise StoreError(problems)
    return tuple(runs)


def folders_in(results: Path) -> tuple[Path, ...]:
    """The folders of all runs below a results folder, or below that of one drill, oldest first. Raises StoreError."""
    found = {p.parent for depth in ("*", "*/*") for p in results.glob(f"{depth}/{FILE_NAME}")}
    folders = tuple(sorted((f for f in found if not f.is_symlink()), key=lambda f: f.name))
    if not folders:
        raise StoreError([f"{results}: there is no run here"])
    return folders
