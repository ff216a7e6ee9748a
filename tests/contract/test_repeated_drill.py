"""The quick drill, repeated: each run on its own, one summary of them, and no other run after an interruption."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.contract.labs import QUICK, a_lab, drill, follow_until, start_drill, unhealthy

pytestmark = [pytest.mark.lab, pytest.mark.alone]


def test_a_drill_that_is_repeated_leaves_runs_of_their_own_and_what_they_add_up_to(tmp_path: Path) -> None:
    done = drill("run", "--results", tmp_path, QUICK, "--repeat", "2", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("run ")] == ["run 1 of 2", "run 2 of 2"]
    folder = next(tmp_path.glob("a-quick*"))
    runs = sorted(folder.glob("2*"))
    assert (folder / "latest").resolve() == runs[1]
    assert [drill("verify", run).returncode for run in runs] == [0, 0]
    told = json.loads(done.stdout.splitlines()[-1])["repeats"][0]
    recovery = measured(told)
    assert recovery["values"] == [kept(run) for run in runs]
    assert recovery["median_interval"]["coverage"] == 0.5
    again = drill("repeats", folder)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.splitlines()[-1].endswith(": identical")


def measured(told: dict[str, Any]) -> dict[str, Any]:
    (each,) = told["measures"]
    assert each["title"] == "recovery time"
    found: dict[str, Any] = each
    return found


def kept(run: Path) -> dict[str, Any]:
    (finding,) = json.loads((run / "findings.json").read_text())["findings"]
    value, resolution = (finding["measurement"][name] for name in ("value", "resolution"))
    return {"value": value, "resolution": resolution, "at_least": False, "verdict": finding["verdict"]}


def test_a_signal_heals_the_run_and_no_other_one_begins(tmp_path: Path) -> None:
    with a_lab() as lab:
        process = start_drill(lab, tmp_path, QUICK, "--repeat", "3")
        follow_until(process, "injected: ")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 4, said
        assert unhealthy(lab) == []
    assert "aborted: SIGINT received\nstopped after run 1 of 3; no other one begins" in said
    folder = next(tmp_path.glob("a-quick*"))
    assert len(list(folder.glob("2*"))) == 1
    (file,) = (folder / "repeats").glob("*.json")
    summary = json.loads(file.read_text())
    assert (summary["status"], summary["asked"], len(summary["runs"])) == ("stopped", 3, 1)
    assert summary["runs"][0]["exit_code"] == 4
