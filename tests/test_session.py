"""Pytest sessions underneath `drill run` and `drill check`, several in one process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import commands
from harness.session import Session

PROJECT = Path(__file__).parents[1]
REFUSED = """Feature: F
  Scenario: First
    Given the "storefront" stack
    When nobody knows this step
    Then every criterion is met

  Scenario: Second
    Given the "storefront" stack
    When nobody knows that step either
    Then every criterion is met
"""
TWICE = """
import sys
from pathlib import Path
from harness import session
path = Path(sys.argv[1])
for word in ("this", "another"):
    path.write_text(path.read_text().replace("knows this", f"knows {word}"))
    print(session.check([path]).problems[0])
"""


@pytest.fixture
def feature() -> Iterator[Path]:
    """A feature file inside the project, gone afterwards."""
    path = PROJECT / "results" / f"refused-{os.getpid()}.feature"
    path.parent.mkdir(exist_ok=True)
    path.write_text(REFUSED)
    yield path
    path.unlink()


def python(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )


def test_repeats_begin_no_other_scenario_after_one_that_was_refused(feature: Path, tmp_path: Path) -> None:
    command = ("-m", "harness.cli", "run", "--results", tmp_path, feature)
    once, repeated = python(*command), python(*command, "--repeat", "2")
    assert (once.returncode, repeated.returncode) == (3, 3)
    assert once.stderr.count("refused: ") == 2
    assert repeated.stderr.count("unknown step") == 1
    assert repeated.stderr.splitlines()[-1] == "stopped after run 1 of 2; no other one begins"
    assert list(tmp_path.glob("*/*/journal.jsonl")) == []


def test_a_later_session_reads_the_feature_anew(feature: Path) -> None:
    done = python("-c", TWICE, feature)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "knows this step" in first
    assert "knows another step" in second


def test_after_a_drill_that_was_ended_early_no_other_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[frozenset[int]] = []

    def carry_out(*_: object) -> Session:
        stops.append(_[3])  # type: ignore[arg-type]
        return Session()

    monkeypatch.setattr("harness.session.carry_out", carry_out)
    commands.run([Path("x.feature")], "", Path("results"), as_json=False)
    assert stops == [frozenset({4, 5, 70})]
