"""`drill lab`: a lab that stays, and clear words when it cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.stack.descriptor import stack_of
from tests.contract.labs import PROJECT, a_lab, drill

pytestmark = pytest.mark.lab


def test_a_lab_that_stays_is_listed_described_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert drill("lab", "status").returncode == 1
    up = drill("lab", "up")
    assert up.returncode == 0, up.stderr
    assert "lab, time x10, is up" in up.stdout
    try:
        (listed,) = json.loads(drill("lab", "status", "--json").stdout)
        described = drill("lab", "descriptor").stdout
        assert stack_of(yaml.safe_load(described), Path("stdout")).environment == "lab"
        again = drill("lab", "up", "--slot", str(listed["slot"]))
        assert again.returncode == 3
        assert "in use" in again.stderr
    finally:
        down = drill("lab", "down")
    assert "stopped" in down.stdout
    assert drill("lab", "status").stdout == "no lab is running\n"
    assert os.listdir(tmp_path / "drill") == []


def test_a_descriptor_of_no_lab_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    refused = drill("lab", "descriptor")
    assert refused.returncode == 3
    assert "start one: drill lab up" in refused.stderr


def test_a_deployed_stack_is_no_recipe_for_a_lab(tmp_path: Path) -> None:
    with a_lab() as lab:
        refused = drill("lab", "up", "--stack", lab.descriptor)
    assert refused.returncode == 3
    assert "describes a deployed stack" in refused.stderr


@pytest.mark.alone
def test_pytest_leaves_the_same_evidence_as_drill_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-q", "--drill-results", str(tmp_path)]
    done = subprocess.run(
        [*command, "scenarios", "-k", "readers_are_served_again"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder = next(tmp_path.glob("readers*/latest"))
    kept = {path.name for path in folder.iterdir()}
    assert {"plan.json", "journal.jsonl", "latency.hlog", "findings.json", "report.html", "junit.xml"} <= kept
    assert list((tmp_path / "allure").glob("*-result.json"))
