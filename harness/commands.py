"""What `drill run judge report heal` do. A composition root: pytest runs underneath run."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import evidence, session
from harness.aws.site import Site
from harness.clock import Clock
from harness.endings import BROKEN_OFF, EXIT_CODES, Endings
from harness.errors import CallFailed, HarnessError
from harness.healing import heal_all, open_faults, open_steps
from harness.journal import FILE_NAME, Journal
from harness.manifest import begin
from harness.model.history import Event
from harness.reports.progress import progress_line
from harness.seal import close
from harness.stack.descriptor import stack_of
from harness.store import FINDINGS, PLAN, load_criteria, load_events, load_plan, unfinished


def run(
    features: Sequence[Path],
    keyword: str,
    results: Path,
    *,
    as_json: bool,
    conclude: Callable[[Endings], None] | None = None,
) -> int:
    """Carry out drills; the exit code of the worst ending, once `conclude` has seen them."""
    ended = session.carry_out(features, keyword, results, BROKEN_OFF)
    if conclude:
        conclude(ended.endings)
    for text in ended.problems:
        print(text, file=sys.stderr)
    if as_json:
        each = [{"scenario": node.split("::")[-1], "exit_code": code} for node, code, _ in ended.endings.each]
        print(json.dumps({"exit_code": ended.exit_code, "scenarios": each}))
    return ended.exit_code


def judge(folder: Path, *, as_json: bool) -> int:
    """Judge a run again; says whether the findings are those that were kept."""
    criteria = load_criteria(folder)
    history = evidence.recorded(folder, criteria)
    judgement = evidence.judged(history, criteria)
    text = evidence.findings_text(judgement, history)
    if as_json:
        print(text, end="")
    else:
        print(evidence.terminal(folder, judgement))
        kept = folder / FINDINGS
        same = kept.exists() and kept.read_text(encoding="utf-8") == text
        print(f"{kept}: {'identical' if same else 'DIFFERENT from what is judged now' if kept.exists() else 'missing'}")
    return EXIT_CODES[judgement.verdict]


def judge_by(folder: Path, profile: str, *, as_json: bool) -> int:
    """Judge a run by other criteria than its own, and say so; neither the system nor the folder is touched."""
    judgement, history, used = evidence.judge_by(folder, profile)
    told = f"judged by {used.path}, not by the criteria the drill declared"
    if as_json:
        judged_by = {"path": used.path, "sha256": used.as_json()["sha256"], "declared": False, "because": told}
        content = json.loads(evidence.findings_text(judgement, history)) | {"judged_by": judged_by}
        print(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False))
    else:
        print(f"{told}\n")
        print(evidence.terminal(folder, judgement, reported=False))
        print(f"{told}; the folder is as it was, with the verdict that the drill was given")
    return EXIT_CODES[judgement.verdict]


def report(folder: Path) -> int:
    """Write the reports of a run again, from its folder alone."""
    for path in evidence.write_reports(folder):
        print(path)
    return 0


def heal(runs: Sequence[Path], results: Path) -> int:
    """Heal the runs, or every unfinished one; says what it did. Raises the first error after trying all."""
    folders = tuple(runs) or unfinished(results)
    if not folders:
        print(f"nothing to heal: every run in {results} was closed")
        return 0
    errors = [error for folder in folders if (error := _heal_one(folder))]
    for error in errors:
        print(error, file=sys.stderr)
    return max((error.exit_code for error in errors), default=0)


def _is_there(site: Site) -> bool:
    """Whether this very lab still runs; another one may have taken its place and addresses."""
    try:
        return site.route53.has_zone(site.stack.entry.zone_id)
    except CallFailed as error:
        if error.code == "EndpointConnectionError":
            return False
        raise


def _heal_one(folder: Path) -> HarnessError | None:
    print(f"healing {folder}")
    try:
        plan = load_plan(folder)
        stack = stack_of(plan["stack"], folder / PLAN)
        opened = load_events(folder)[0].data
        site = Site(stack, Clock(time_scale=stack.time_scale, origin_ns=int(opened["monotonic_ns"])))
        from harness.run import alone

        with alone(site):
            _heal_alone(folder, site, plan["run"])
    except HarnessError as error:
        return error
    return None


def _heal_alone(folder: Path, site: Site, run: str) -> None:
    """Heal one run from its journal alone. Raises NotHealed."""

    def say(event: Event) -> None:
        line = progress_line(event, site.stack.time_scale)
        if line:
            print(line)

    journal = Journal(folder / FILE_NAME, site.clock, say)
    try:
        if _put_back(site, journal, run):
            begin(folder)
    finally:
        journal.close()


def _put_back(site: Site, journal: Journal, run: str) -> bool:
    """Heal and close the journal; False for a run that was closed with nothing left open: it stays as it is."""
    is_open = bool(open_faults(journal.events)) or bool(open_steps(journal.events))
    if not is_open and journal.events[-1].kind == "closed":
        print("it was closed, and nothing is left to put back")
        return False
    if site.stack.environment == "lab" and not _is_there(site):
        print("its lab is gone, and with it all that the drill had changed")
        close(journal, "the lab is gone")
    else:
        if not is_open:
            print("nothing was broken, nothing to put back")
        heal_all(site, journal, run)
        close(journal, "healed after the run died")
    return True
