"""Would a test notice? `python -m bench.mutants [FILE ...]` changes the judge and the measures, a little at a time.

Every mutant (see bench/mutations.py) is held against the tests that run its lines, fastest first, until one fails. That
happens in a fork of a pytest session that has collected everything, where the changed code is put into the functions
that are already there; what takes effect at import gets all modules imported again. bench/mutants.toml names the
survivors that cannot change what the product does, each with its reason; mutants of mere wording are counted apart.
Exit code 1 when any other mutant survives.
"""

import argparse
import ast
import contextlib
import io
import json
import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from bench.mutant_process import QUIET, afresh, forked, functions_of, put_and_run
from bench.mutant_tests import PROJECT, Checked, Lines, Tracer, calm, checked_test, patience, read
from bench.mutations import Edit, edits

KNOWN = Path(__file__).with_suffix(".toml")
TARGETS = ("harness/judge.py", "harness/model/verdict.py", "harness/model/load.py", "harness/load/gathering.py")
FOLDERS = ("harness/measures",)
TESTS = (
    "tests/measures", "tests/model", "tests/test_judge.py", "tests/test_judge_reasons.py", "tests/test_judge_by.py",
    "tests/load/test_reading.py", "tests/load/test_gathering.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one mutant: `by` is the test that noticed it, or "timeout"; empty when none did."""

    file: str
    number: int
    line: int
    function: str
    kind: str
    before: str
    after: str
    by: str
    why_left: str = ""

    @property
    def killed(self) -> bool:
        """Whether a test noticed."""
        return bool(self.by)


Save = Callable[[Sequence[Result]], None]


class Session:
    """A pytest session that has collected its tests and forks for every mutant instead of running them."""

    def __init__(self, files: Sequence[str], before: Sequence[Result], slowest: float, save: Save) -> None:
        self.files, self.slowest, self.save = files, slowest, save
        self.results: list[Result] = []
        self.imported: Lines = {}
        self._before = {(r.file, r.number): r for r in before if r.killed}
        self._known: list[Checked] = []
        self._items: dict[str, pytest.Item] = {}
        self._functions: dict[str, list[FunctionType]] = {}
        self._tracer = Tracer(files)
        self._tracer.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What ran while modules were imported must be imported again where it is changed. Now tests are made short."""
        self.imported = self._tracer.stop()
        for item in session.items:
            calm(item)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the time and the lines of every test, then every mutant."""
        items = {item.nodeid: item for item in session.items}
        checked = forked(lambda: [checked_test(item, self._tracer) for item in items.values()], 600.0)
        if not isinstance(checked, list) or any(c is None for c in checked):
            raise SystemExit("the tests must pass before mutants are made; run them with pytest")
        self._known = sorted((read(c) for c in checked if c["seconds"] <= self.slowest), key=lambda c: c.seconds)
        self._items, self._functions = items, functions_of(self.files)
        self._control()
        for file in self.files:
            source = (PROJECT / file).read_text()
            for number in range(len(edits(ast.parse(source)))):
                if before := self._before.get((file, number)):
                    self.results.append(before)
                    continue
                self._one(file, source, number)
            self.save(self.results)
        return True

    def _control(self) -> None:
        """Code that is not changed must live, whichever way it is put in place."""
        known = self._known
        file = self.files[0]
        code = compile((PROJECT / file).read_text(), str(PROJECT / file), "exec", dont_inherit=True)
        tests = [self._items[c.id] for c in known]
        by = forked(lambda: put_and_run(self._functions[file], code, tests), patience(known))
        if by := by or forked(lambda: afresh(file, code, [c.id for c in known]), patience(known)):
            raise SystemExit(f"{by} fails though nothing was changed in {file}")

    def _one(self, file: str, source: str, number: int) -> None:
        known = self._known
        edit, code = mutated(file, source, number)
        chosen = [c for c in known if edit.called and not c.lines.get(file, set()).isdisjoint(edit.lines)]
        by: Any = ""
        if chosen:
            tests = [self._items[c.id] for c in chosen]
            by = forked(lambda: put_and_run(self._functions[file], code, tests), patience(chosen))
        at_import = not edit.called or not self.imported.get(file, set()).isdisjoint(edit.lines)
        if by is None or (not by and at_import):
            by = forked(lambda: afresh(file, code, [c.id for c in known]), patience(known))
        result = Result(
            file=file, number=number, line=edit.line, function=edit.function, kind=edit.kind,
            before=edit.before, after=edit.after, by=by,
        )  # fmt: skip
        self.results.append(result)
        if not result.killed:
            print(_line(result), file=sys.stderr, flush=True)


def mutated(file: str, source: str, number: int) -> tuple[Edit, CodeType]:
    """One mutant of a file: the change and the compiled module."""
    tree = ast.parse(source)
    edit = edits(tree)[number]
    edit.apply()
    return edit, compile(tree, str(PROJECT / file), "exec", dont_inherit=True)


def run(
    files: Sequence[str], tests: Sequence[str], before: Sequence[Result], slowest: float, save: Save
) -> list[Result]:
    """Make the mutants of the files, but those that were killed before; `save` gets all results after every file."""
    session = Session(files, before, slowest, save)
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(said):
        code = pytest.main([*QUIET, f"--basetemp={folder}/tests", *tests], plugins=[session])
    if code != 0:
        raise SystemExit(f"pytest ended with {code!r}\n{said.getvalue()}")
    return [_explained(result, _known()) for result in session.results]


def _known() -> list[dict[str, str]]:
    return tomllib.loads(KNOWN.read_text()).get("equivalent", []) if KNOWN.exists() else []


def _explained(result: Result, known: list[dict[str, str]]) -> Result:
    """Why a survivor may survive, where that is known."""
    if result.killed:
        return result
    mine = (result.file, result.function, result.before, result.after)
    why = next((k["why"] for k in known if (k["file"], k["function"], k["before"], k["after"]) == mine), "")
    return Result(**{**asdict(result), "why_left": why or ("wording" if result.kind == "wording" else "")})


def table(results: Sequence[Result]) -> str:
    """One line for each file and one for all."""
    rows = [
        "| file | mutants | killed | survived | equivalent | wording | unexplained |",
        "|---|---|---|---|---|---|---|",
    ]
    files = dict.fromkeys(r.file for r in results)
    rows += [_row(file, [r for r in results if r.file == file]) for file in files]
    return "\n".join([*rows, _row("all", results)])


def _row(name: str, results: Sequence[Result]) -> str:
    left = Counter(_group(r) for r in results if not r.killed)
    cells = (name, len(results), sum(r.killed for r in results), left.total())
    return f"| {' | '.join(str(c) for c in (*cells, left['equivalent'], left['wording'], left['']))} |"


def _group(result: Result) -> str:
    return result.why_left if result.why_left in ("", "wording") else "equivalent"


def _line(result: Result) -> str:
    return f"{result.file}:{result.line}: {result.function}: {result.kind}: {result.before}  ->  {result.after}"


def default_files() -> list[str]:
    """The judge and the measures."""
    measures = (p for folder in FOLDERS for p in sorted((PROJECT / folder).glob("*.py")))
    return [*TARGETS, *(str(p.relative_to(PROJECT)) for p in measures)]


def main() -> int:
    """Make the mutants, print those that survive without a reason, and the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", help="default: the judge and the measures")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="default: those of the judge and the measures")
    parser.add_argument("--slowest", type=float, default=60.0, help="leave out tests that take longer, traced; seconds")
    parser.add_argument("--again", type=Path, help="what --json wrote for the same code: only its survivors are made")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    began = time.monotonic()
    before = [Result(**each) for each in json.loads(options.again.read_text())] if options.again else []
    results = run(options.files or default_files(), options.tests, before, options.slowest, _saving(options.json))
    print(table(results))
    if left := [r for r in results if not r.killed and not r.why_left]:
        print("", *(_line(r) for r in left), sep="\n")
    print(f"\n{len(results)} mutants in {time.monotonic() - began:.0f} s")
    _saving(options.json)(results)
    return 1 if left else 0


def _saving(path: Path | None) -> Save:
    def save(results: Sequence[Result]) -> None:
        if path:
            path.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")

    return save


if __name__ == "__main__":
    os.chdir(PROJECT)
    sys.exit(main())
