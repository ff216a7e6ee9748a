"""Judge a run folder, write its reports beside it, and show it: repeatable from the folder alone."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import harness.reports.kinds  # noqa: F401  fills the registry of reports
from harness.criteria import load_profile, profile_path
from harness.errors import Refused
from harness.judge import findings_json, judge, slot_edges
from harness.load.histograms import hlog
from harness.manifest import note
from harness.model.history import History
from harness.model.load import Load
from harness.model.verdict import Criterion, Judgement
from harness.pinned import Pinned, pin
from harness.reports.frames import chart_edges
from harness.reports.registry import REPORTS
from harness.reports.terminal import render as render_terminal
from harness.stack.descriptor import Stack
from harness.store import FINDINGS, LATENCY, load_counted, load_criteria, load_history, load_plan, save_text


def recorded(folder: Path, criteria: Iterable[Criterion]) -> History:
    """All that was recorded about a run, as its criteria and reports ask for it. Raises StoreError."""
    return _counted(folder, load_history(folder), criteria)


def _counted(folder: Path, history: History, criteria: Iterable[Criterion]) -> History:
    return load_counted(folder, history, {*slot_edges(history, criteria), *chart_edges(history)})


def judged(history: History, criteria: Iterable[Criterion]) -> Judgement:
    """Judge a history."""
    return judge(history, tuple(criteria))


def findings_text(judgement: Judgement, history: History) -> str:
    """What findings.json holds."""
    return findings_json(judgement, history)


def judge_folder(folder: Path) -> Judgement:
    """Judge a run by the criteria it declared; write findings, histograms and reports beside it."""
    judgement, derived = derive(folder, str(folder))
    _write(folder, derived, by="judged after the run")
    return judgement


def write_reports(folder: Path) -> tuple[Path, ...]:
    """Write the reports again, from what is judged now; the findings that were kept stay as they are."""
    _, derived = derive(folder, str(folder))
    reports = {kind.filename: derived[kind.filename] for kind in REPORTS.values()}
    _write(folder, reports, by="drill report")
    return tuple(folder / name for name in reports)


def derive(folder: Path, shown: str) -> tuple[Judgement, dict[str, str]]:
    """The judgement and the text of every file that is made from the record; reports name the folder as `shown`.

    The same record and `shown` give the same text, byte for byte. Raises StoreError.
    """
    criteria = load_criteria(folder)
    history = recorded(folder, criteria)
    judgement = judge(history, criteria)
    plan = {**load_plan(folder), "folder": shown}
    opened = history.first("opened")
    log, _ = hlog(history.load or Load(), history.spans, opened.data["wall"] if opened else "")
    made = {FINDINGS: findings_json(judgement, history), LATENCY: log}
    return judgement, made | {kind.filename: kind.render(history, judgement, plan) for kind in REPORTS.values()}


def write_derived(folder: Path, names: Iterable[str], by: str, shown: str) -> None:
    """Write these of the files that are made from the record; reports name the folder as `shown`. Raises StoreError."""
    _, made = derive(folder, shown)
    _write(folder, {name: made[name] for name in names if name in made}, by, shown)


def _write(folder: Path, texts: Mapping[str, str], by: str, shown: str = "") -> None:
    for name, text in texts.items():
        save_text(folder / name, text)
    note(folder, texts, by, shown)


def judge_by(folder: Path, profile: str) -> tuple[Judgement, History, Pinned]:
    """Judge a run by the criteria of a profile (its name, or a file) instead of its own; writes nothing.

    Raises ConfigError with every problem of the profile, StoreError.
    """
    bare = load_history(folder)
    criteria = load_profile(profile, populations=bare.populations)
    history = _counted(folder, bare, criteria)
    return judge(history, criteria), history, pin("criteria", profile_path(profile))


def terminal(folder: Path, judgement: Judgement, *, reported: bool = True) -> str:
    """What a person sees at the end; in colour on a terminal. `reported`: the folder's report is of this judgement."""
    width = shutil.get_terminal_size((100, 24)).columns
    plan = {**load_plan(folder), **({"folder": str(folder)} if reported else {})}
    return render_terminal(load_history(folder), judgement, plan, width=width, colour=sys.stdout.isatty())


def summary(judgement: Judgement) -> str:
    """The verdict and every finding, a line each."""
    lines = [f"verdict: {judgement.verdict.value}"]
    lines += [f"  void: {cause}" for cause in judgement.voids]
    lines += [f"  {f.verdict.value}: {f.criterion.title}: {f.because}" for f in judgement.findings]
    return "\n".join(lines)


def environment(stack: Stack) -> str:
    """Where a drill runs, in words."""
    if stack.environment != "lab":
        return f"AWS, account {stack.account}"
    return f"lab, time x{stack.time_scale:g}, partitions by {stack.partition_method}"


def writable(results: Path) -> None:
    """Raise Refused when results cannot be written."""
    probe = results / ".writable"
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Refused([f"{results}: results cannot be written: {error.strerror}"]) from error
