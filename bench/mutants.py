"""Would a test notice? `python -m bench.mutants [FILE ...]` changes the judge and the measures in small ways, one at a time.

Every mutant (see bench/mutations.py) is held against the tests that run its lines, fastest first, until one fails. That
happens in a fork of a pytest session that has collected everything, where the changed code is put into the functions that
are already there; what takes effect at import gets all modules
imported again. bench/mutants.toml names the survivors that
cannot change what the product does, each with its reason; mutants of mere wording are counted apart. Exit code 1 when
any other mutant survives.
"""

import argparse
import ast
import contextlib
import gc
import importlib.abc
import importlib.util
import io
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from bench.mutations import Edit, edits

PROJECT = Path(__file__).resolve().parents[1]
KNOWN = Path(__file__).with_suffix(".toml")
TARGETS = ("harness/judge.py", "harness/model/verdict.py", "harness/model/load.py", "harness/load/gathering.py")
FOLDERS = ("harness/measures",)
TESTS = ("tests/measures", "tests/model", "tests/test_judge.py", "tests/test_judge_by.py", "tests/load/test_reading.py")
QUIET = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
AGAIN = ("-x", "-W", "ignore::pytest.PytestAssertRewriteWarning")
OURS = ("harness", "tests", "scenarios", "loadtests", "conftest.py")
EXAMPLES = 5
PATIENCE = 10.0
MOST_BYTES = 4 << 30
Lines = dict[str, set[int]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A test: how long it takes, and which lines of the mutated files it runs."""

    id: str
    seconds: float
    lines: Lines


class Session:
    """A pytest session that has collected its tests and forks for every mutant instead of running them."""

    def __init__(self, files: Sequence[str], before: Sequence[Result], slowest: float) -> None:
        self.files, self.slowest = files, slowest
        self.results: list[Result] = []
        self.imported: Lines = {}
        self._before = {(r.file, r.number): r for r in before if r.killed}
        self._tracer = _Tracer(files)
        self._tracer.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What ran while modules were imported must be imported again where it is changed. Now tests are made short."""
        self.imported = self._tracer.stop()
        for item in session.items:
            _calm(item)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the time and the lines of every test, then every mutant."""
        items = {item.nodeid: item for item in session.items}
        checked = _forked(lambda: [_checked(item, self._tracer) for item in items.values()], 600.0)
        if not isinstance(checked, list) or any(c is None for c in checked):
            raise SystemExit("the tests must pass before mutants are made; run them with pytest")
        known = sorted((_read(c) for c in checked if c["seconds"] <= self.slowest), key=lambda c: c.seconds)
        functions = _functions(self.files)
        for file in self.files:
            source = (PROJECT / file).read_text()
            for number in range(len(edits(ast.parse(source)))):
                if before := self._before.get((file, number)):
                    self.results.append(before)
                    continue
                self._one(file, source, number, known, items, functions)
        return True

    def _one(
        self,
        file: str,
        source: str,
        number: int,
        known: list[Checked],
        items: dict[str, pytest.Item],
        functions: dict[str, list[FunctionType]],
    ) -> None:
        edit, code = mutated(file, source, number)
        chosen = [c for c in known if edit.called and not c.lines.get(file, set()).isdisjoint(edit.lines)]
        by: Any = ""
        if chosen:
            tests = [items[c.id] for c in chosen]
            by = _forked(lambda: _put_and_run(functions[file], code, tests), _patience(chosen))
        at_import = not edit.called or not self.imported.get(file, set()).isdisjoint(edit.lines)
        if by is None or (not by and at_import):
            by = _forked(lambda: _afresh(file, code, [c.id for c in known]), _patience(known))
        result = Result(
            file=file, number=number, line=edit.line, function=edit.function, kind=edit.kind, before=edit.before, after=edit.after,
            by=by,
        )  # fmt: skip
        self.results.append(result)
        if not result.killed:
            print(_line(result), file=sys.stderr, flush=True)


class _Tracer:
    """Which lines of some files run between start and stop."""

    def __init__(self, files: Iterable[str]) -> None:
        self._names = {str(PROJECT / file): file for file in files}
        self._seen: Lines = {}

    def start(self) -> None:
        self._seen = {}
        sys.settrace(self._call)

    def stop(self) -> Lines:
        sys.settrace(None)
        return self._seen

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        file = self._names.get(frame.f_code.co_filename)
        if file is None or frame.f_code.co_name == "<module>":
            return None
        seen = self._seen.setdefault(file, set())
        seen.add(frame.f_lineno)

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            seen.add(frame.f_lineno)
            return line

        return line


def mutated(file: str, source: str, number: int) -> tuple[Edit, CodeType]:
    """One mutant of a file: the change and the compiled module."""
    tree = ast.parse(source)
    edit = edits(tree)[number]
    edit.apply()
    return edit, compile(tree, str(PROJECT / file), "exec", dont_inherit=True)


def _calm(item: pytest.Item) -> None:
    """Fewer examples, always the same, nothing shrunk: a property test must be fast and say the same twice."""
    import hypothesis  # pytest wants to be there first

    test = getattr(item, "obj", None)
    if hypothesis.is_hypothesis_test(test):
        made = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = hypothesis.settings(
            made,
            max_examples=min(EXAMPLES, made.max_examples),
            deadline=None,
            derandomize=True,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            suppress_health_check=list(hypothesis.HealthCheck),
        )


def _checked(item: pytest.Item, tracer: _Tracer) -> dict[str, Any] | None:
    """A test's time and lines; None when it fails."""
    tracer.start()
    began = time.perf_counter()
    passed = _passes(item)
    seconds = time.perf_counter() - began
    lines = {file: sorted(seen) for file, seen in tracer.stop().items()}
    return {"id": item.nodeid, "seconds": seconds, "lines": lines} if passed else None


def _patience(tests: list[Checked]) -> float:
    return PATIENCE + 5 * sum(c.seconds for c in tests)


def _read(said: dict[str, Any]) -> Checked:
    lines = {file: set(numbers) for file, numbers in said["lines"].items()}
    return Checked(id=said["id"], seconds=said["seconds"], lines=lines)


def _passes(item: pytest.Item) -> bool:
    return all(r.passed or r.skipped for r in runtestprotocol(item, log=False, nextitem=None))


def _put_and_run(functions: list[FunctionType], code: CodeType, tests: list[pytest.Item]) -> str | None:
    """Which test fails with the changed code in place: empty for none, None when the code cannot be put in place."""
    made = {_place(each): each for each in _codes(code)}
    try:
        for function in functions:
            new = made.get(_place(function.__code__))
            if new is not None and new != function.__code__:
                function.__code__ = new
    except ValueError:
        return None
    return next((item.nodeid for item in tests if not _passes(item)), "")


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def _functions(files: Iterable[str]) -> dict[str, list[FunctionType]]:
    """Every function of the files that is alive."""
    names = {str(PROJECT / file): file for file in files}
    found: dict[str, list[FunctionType]] = {file: [] for file in files}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in names:
            found[names[each.__code__.co_filename]].append(each)
    return found


def _forked(act: Any, patience: float) -> Any:
    """What `act` gives in a child process; "timeout" or "crash" where it gives nothing."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(act, writing)
    os.close(writing)
    try:
        said = _said(reading, time.monotonic() + patience)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return "timeout" if said is None else json.loads(said) if said else "crash"


def _child(act: Any, writing: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _write(writing, json.dumps(act()).encode())
    finally:
        os._exit(0)


def _write(to: int, text: bytes) -> None:
    while text:
        text = text[os.write(to, text) :]


def _said(reading: int, until: float) -> bytes | None:
    """All that the child writes before it ends; None when that takes too long."""
    parts = []
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _afresh(file: str, code: CodeType, tests: list[str]) -> str:
    """Which test fails where all modules of the project are imported again, the changed one among them."""
    for name, module in list(sys.modules.items()):
        if _ours(getattr(module, "__file__", None)):
            del sys.modules[name]
    sys.meta_path.insert(0, _Changed(file, code))
    noticing = _Noticing()
    with tempfile.TemporaryDirectory() as folder:
        ended = pytest.main([*QUIET, *AGAIN, f"--basetemp={folder}/tests", *tests], plugins=[noticing])
    return noticing.failed or ("" if ended == 0 else "import")


def _ours(file: str | None) -> bool:
    path = Path(file or "/")
    return path.is_relative_to(PROJECT) and path.relative_to(PROJECT).parts[0] in OURS


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from its changed code."""

    def __init__(self, file: str, code: CodeType) -> None:
        self._name, self._file, self._code = file.removesuffix(".py").replace("/", "."), file, code

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, PROJECT / self._file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


class _Noticing:
    """Which test failed first."""

    failed = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            _calm(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def run(files: Sequence[str], tests: Sequence[str], before: Sequence[Result], slowest: float) -> list[Result]:
    """Make the mutants of the files, but those that were killed before, and hold them against the tests."""
    session = Session(files, before, slowest)
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
    measures = (p for folder in FOLDERS for p in sorted((PROJECT / folder).glob("*.py")) if p.name != "__init__.py")
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
    results = run(options.files or default_files(), options.tests, before, options.slowest)
    print(table(results))
    if left := [r for r in results if not r.killed and not r.why_left]:
        print("", *(_line(r) for r in left), sep="\n")
    print(f"\n{len(results)} mutants in {time.monotonic() - began:.0f} s")
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    return 1 if left else 0


if __name__ == "__main__":
    os.chdir(PROJECT)
    sys.exit(main())
