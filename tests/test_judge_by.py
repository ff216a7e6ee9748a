"""A run judged by other criteria than those it was run with."""

import json
from pathlib import Path

import pytest

from harness import commands
from harness.errors import ConfigError
from harness.verification import verify
from tests.sealed_runs import judged_run

STRICT = """profile: strict
criteria:
  - {measure: recovery time, at most: 10 s}
"""
WRONG = """profile: wrong
criteria:
  - {measure: recovery tme, at most: 10 s}
  - {measure: recovery time, at most: 10 ms per s}
  - {measure: P95 latency, at most: 200 ms, in phase: stedy}
  - {measure: downtime, at most: 1 min, for population: NAA}
  - {measure: availability, at most: 99 %}
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return judged_run(tmp_path / "run")


def profile(folder: Path, text: str) -> str:
    path = folder / "other.yaml"
    path.write_text(text)
    return str(path)


def test_another_profile_may_give_another_verdict(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.judge(run, as_json=False) == 0
    capsys.readouterr()
    assert commands.judge_by(run, profile(tmp_path, STRICT), as_json=False) == 1
    said = capsys.readouterr().out
    told = f"judged by {tmp_path / 'other.yaml'}, not by the criteria the drill declared"
    assert said.splitlines()[0] == told
    assert said.splitlines()[-1].startswith(told)
    assert "verdict: FAIL" in said
    assert "report.html" not in said


def test_machines_are_told_by_which_criteria_it_was_judged(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.judge_by(run, profile(tmp_path, STRICT), as_json=True)
    content = json.loads(capsys.readouterr().out)
    assert content["verdict"] == "FAIL"
    assert content["judged_by"]["declared"] is False
    assert len(content["judged_by"]["sha256"]) == 64


def test_judging_by_other_criteria_leaves_the_folder_as_it_was(run: Path, tmp_path: Path) -> None:
    commands.judge_by(run, profile(tmp_path, STRICT), as_json=True)
    assert verify(run).verified


def test_everything_that_is_wrong_with_a_profile_is_said_at_once(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        commands.judge_by(run, profile(tmp_path, WRONG), as_json=False)
    said = str(raised.value)
    assert "did you mean 'recovery time'?" in said
    assert "did you mean 'steady'?" in said
    assert "did you mean 'NA'?" in said
    assert "is no amount" in said
    assert "cannot fail when it matters" in said
    assert len(raised.value.problems) == 5
