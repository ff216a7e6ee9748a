"""What `drill run --repeat` and `drill repeats` do. A composition root."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import kept_repeats, session
from harness.endings import BROKEN_OFF, EXIT_CODES, worst_code
from harness.errors import ConfigError, HarnessError, Refused
from harness.kept_repeats import KeptRepeats, KeptRun
from harness.model.verdict import worst
from harness.repeats import Basis, Repeats, basis_of, summarise
from harness.reports.repeated import as_json as summary_json
from harness.reports.repeated import render
from harness.reports.repeats_page import page
from harness.session import Session
from harness.store import save_text

# What was refused once would be refused again.
STOPS = BROKEN_OFF | {Refused.exit_code}


@dataclass(slots=True)
class Course:
    """How the repeats have gone so far: the exit code of each session, and the runs of each scenario by its node id."""

    asked: int
    basis: Basis
    codes: list[int] = field(default_factory=list)
    runs: dict[str, list[tuple[Path, KeptRun]]] = field(default_factory=dict)
    because: str = ""

    @property
    def stopped(self) -> bool:
        """Whether one ended in a way after which no other may begin."""
        return bool(STOPS & set(self.codes))

    @property
    def status(self) -> str:
        """As it is kept."""
        over = len(self.codes) >= self.asked
        return "stopped" if self.stopped else "completed" if over else "running"

    def add(self, ended: Session) -> None:
        """Add a session and the runs that began in it."""
        self.codes.append(ended.exit_code)
        codes = {node: code for node, code, _ in ended.endings.each}
        for node, folder in ended.endings.began:
            run = kept_repeats.kept_run(folder, codes.get(node, ended.exit_code))
            self.runs.setdefault(node, []).append((folder, run))
        if self.stopped:
            self.stop(ended.exit_code, next((t for t in ended.problems if t), "it ended early"))

    def stop(self, code: int, because: str) -> None:
        """Say why no other run begins."""
        if code not in self.codes:
            self.codes.append(code)
        self.because = because

    def kept(self) -> dict[Path, KeptRepeats]:
        """What is kept of each scenario, and where."""
        return {
            kept_repeats.path_for(each[0][0]): KeptRepeats(
                asked=self.asked,
                judge_on=self.basis.name,
                status=self.status,
                because=self.because,
                runs=tuple(run for _, run in each),
            )
            for each in self.runs.values()
        }


def run(
    features: Sequence[Path], keyword: str, results: Path, times: int | None, judge_on: str, *, as_json: bool
) -> int:
    """Carry out drills several times in a row; keeps and tells what the runs add up to.

    The exit code is that of the worst run; on a percentile, that of the worst criterion. Whatever stops the repeats has
    its own.
    """
    if times is None:
        raise ConfigError(["--judge-on: only repeats are judged on something else; name --repeat too"])
    if times < 1:
        raise ConfigError([f"--repeat {times}: write 1 or more"])
    course = Course(times, basis_of(judge_on))
    _carry_out(course, features, keyword, results)
    found = _keep(course)
    code = _code(course, [repeats for _, _, repeats in found])
    if as_json:
        each = [_data(path, kept, repeats) for path, kept, repeats in found]
        print(json.dumps({"exit_code": code, "because": course.because, "repeats": each}))
    else:
        _tell(found)
    return code


def _carry_out(course: Course, features: Sequence[Path], keyword: str, results: Path) -> None:
    for number in range(1, course.asked + 1):
        print(f"run {number} of {course.asked}", file=sys.stderr, flush=True)
        try:
            ended = session.carry_out(features, keyword, results.resolve(), STOPS)
        except (HarnessError, KeyboardInterrupt) as error:
            if not course.runs:
                raise
            course.stop(getattr(error, "exit_code", 4), str(error) or "interrupted between two runs")
            print(course.because, file=sys.stderr)
            return
        course.add(ended)
        for text in ended.problems:
            print(text, file=sys.stderr)
        _keep(course)
        if course.stopped:
            print(f"stopped after run {number} of {course.asked}; no other one begins", file=sys.stderr)
            return


Found = tuple[Path, KeptRepeats, Repeats]


def _keep(course: Course) -> list[Found]:
    """Write what there is so far, so that it is there whatever comes."""
    found = []
    for path, kept in course.kept().items():
        repeats = _summed(path, kept, course.basis)
        kept_repeats.save(path, kept, summary_json(repeats))
        save_text(path.with_suffix(".html"), page(repeats, kept.because))
        found.append((path, kept, repeats))
    return found


def _summed(path: Path, kept: KeptRepeats, basis: Basis) -> Repeats:
    return summarise(kept_repeats.runs_of(path, kept), kept.asked, basis)


def _code(course: Course, found: Sequence[Repeats]) -> int:
    if course.stopped or course.basis.share is None:
        return worst_code(course.codes)
    return EXIT_CODES[worst(repeats.verdict for repeats in found)]


def _tell(found: Sequence[Found]) -> None:
    for path, kept, repeats in found:
        told = render(repeats, kept.because, colour=sys.stdout.isatty())
        print(f"\n{told}\nreport: {path.with_suffix('.html')}")


def _data(path: Path, kept: KeptRepeats, repeats: Repeats) -> dict[str, Any]:
    return {"file": str(path), "status": kept.status, "because": kept.because, **summary_json(repeats)}


def show(path: Path, judge_on: str | None, html: Path | None, *, as_json: bool) -> int:
    """Add the runs up again, from their folders; says whether it comes out as it was kept. Writes `html` only."""
    file = kept_repeats.find(path)
    kept = kept_repeats.load(file)
    repeats = _summed(file, kept, basis_of(judge_on or kept.judge_on))
    if html:
        save_text(html, page(repeats, kept.because))
    if as_json:
        print(json.dumps(_data(file, kept, repeats), indent=2))
    else:
        print(render(repeats, kept.because, colour=sys.stdout.isatty()), end="")
        print(_same(file, kept, repeats))
    return EXIT_CODES[repeats.verdict]


def _same(file: Path, kept: KeptRepeats, repeats: Repeats) -> str:
    if repeats.basis.name != kept.judge_on:
        return f"{file}: judged on {repeats.basis.name} here; when it ran, {kept.judge_on} was declared"
    same = file.read_text(encoding="utf-8") == kept_repeats.text_of(kept, summary_json(repeats))
    return f"{file}: {'identical' if same else 'DIFFERENT from what is added up now'}"
