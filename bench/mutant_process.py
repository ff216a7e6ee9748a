"""Processes in which the code is changed: a fork of the session that has collected the tests, one for each mutant."""

import gc
import importlib.abc
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from bench.mutant_tests import PROJECT, calm, passes

QUIET = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
AGAIN = ("-x", "-W", "ignore::pytest.PytestAssertRewriteWarning")
OURS = ("harness", "tests", "scenarios", "loadtests", "conftest.py")
MOST_BYTES = 4 << 30


def forked(act: Any, patience: float) -> Any:
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


def put_and_run(functions: list[FunctionType], code: CodeType, tests: list[pytest.Item]) -> str | None:
    """Which test fails with the changed code in place: empty for none, None when the code cannot be put in place."""
    made = {_place(each): each for each in _codes(code)}
    try:
        for function in functions:
            new = made.get(_place(function.__code__))
            if new is not None and new != function.__code__:
                function.__code__ = new
    except ValueError:
        return None
    return next((item.nodeid for item in tests if not passes(item)), "")


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def functions_of(files: Iterable[str]) -> dict[str, list[FunctionType]]:
    """Every function of the files that is alive."""
    names = {str(PROJECT / file): file for file in files}
    found: dict[str, list[FunctionType]] = {file: [] for file in files}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in names:
            found[names[each.__code__.co_filename]].append(each)
    return found


def afresh(file: str, code: CodeType, tests: list[str]) -> str:
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
            calm(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
