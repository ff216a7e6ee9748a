"""The tests that mutants are held against: how long each takes and which lines it runs."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLES = 5
PATIENCE = 10.0
Lines = dict[str, set[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A test: how long it takes, and which lines of the mutated files it runs."""

    id: str
    seconds: float
    lines: Lines


class Tracer:
    """Which lines of some files run between start and stop; a function is let alone once all its lines have run."""

    def __init__(self, files: Iterable[str]) -> None:
        self._names = {str(PROJECT / file): file for file in files}
        self._seen: Lines = {}
        self._left: dict[CodeType, set[int]] = {}

    def start(self) -> None:
        self._seen, self._left = {}, {}
        sys.settrace(self._call)

    def stop(self) -> Lines:
        sys.settrace(None)
        return self._seen

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        file = self._names.get(code.co_filename)
        if file is None or code.co_name == "<module>":
            return None
        left = self._left.get(code)
        if left is None:
            left = self._left[code] = {line for _, _, line in code.co_lines() if line}
        if not left:
            return None
        seen = self._seen.setdefault(file, set())

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            seen.add(frame.f_lineno)
            left.discard(frame.f_lineno)
            return line

        return line(frame, event, arg)


def calm(item: pytest.Item) -> None:
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


def checked_test(item: pytest.Item, tracer: Tracer) -> dict[str, Any] | None:
    """A test's time and lines; None when it fails."""
    tracer.start()
    began = time.perf_counter()
    passed = passes(item)
    seconds = time.perf_counter() - began
    lines = {file: sorted(seen) for file, seen in tracer.stop().items()}
    return {"id": item.nodeid, "seconds": seconds, "lines": lines} if passed else None


def patience(tests: list[Checked]) -> float:
    return PATIENCE + 5 * sum(c.seconds for c in tests)


def read(said: dict[str, Any]) -> Checked:
    lines = {file: set(numbers) for file, numbers in said["lines"].items()}
    return Checked(id=said["id"], seconds=said["seconds"], lines=lines)


def passes(item: pytest.Item) -> bool:
    return all(r.passed or r.skipped for r in runtestprotocol(item, log=False, nextitem=None))
