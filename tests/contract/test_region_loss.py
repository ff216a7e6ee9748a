"""The drill of the README, run as a person runs it, and held against the lab's truth log."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.model.history import PROBE_JITTER, History, Outcome, Stream
from harness.reports.verified import render
from harness.store import load_history
from harness.verification import verify
from tests.contract.labs import a_lab, drill
from tests.contract.truth import Truth, read_truth

pytestmark = [pytest.mark.lab, pytest.mark.alone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One drill that was carried out."""

    process: "subprocess.CompletedProcess[str]"
    folder: Path
    truth: Truth

    @property
    def findings(self) -> dict[str, Any]:
        kept = json.loads((self.folder / "findings.json").read_text())
        return {f["title"]: f for f in kept["findings"]}

    @property
    def history(self) -> History:
        return load_history(self.folder)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    results = tmp_path_factory.mktemp("results")
    with a_lab(health_check={"interval": 10, "failure_threshold": 2}) as lab:
        process = drill("run", "--stack", lab.descriptor, "--results", results, "features/region_loss.feature")
        truth = read_truth(lab.directory)
    folder = next(results.glob("the-standby*")) / "latest"
    yield Done(process=process, folder=folder, truth=truth)


def test_the_drill_passes_and_says_so(done: Done) -> None:
    said = done.process.stdout + done.process.stderr
    assert done.process.returncode == 0, said
    assert "verdict: PASS" in said
    assert "lab, time ×10" in said
    assert "dropped packets" in said or "stalled streams" in said


def test_recovery_time_agrees_with_the_truth_within_the_time_between_two_probes(done: Done) -> None:
    measured = done.findings["recovery time"]["measurement"]
    true = (done.truth.served_again_ns() - done.truth.cut_ns) / 1e9 * done.history.time_scale
    apart = (1 + PROBE_JITTER) * done.history.probe_interval * done.history.time_scale
    assert measured["value"] == pytest.approx(true, abs=apart)
    assert abs(measured["value"] - true) <= measured["resolution"]


def test_lost_writes_agree_with_the_truth_exactly(done: Done) -> None:
    writes = [r for r in done.history.requests if r.stream is Stream.WRITE]
    acknowledged = {r.write_id for r in writes if r.outcome is Outcome.OK}
    evidence = done.findings["lost writes"]["measurement"]["evidence"]
    assert done.findings["lost writes"]["measurement"]["value"] == len(acknowledged & done.truth.lost_rows)
    assert set(evidence["lost_ids"]) == acknowledged & done.truth.lost_rows


def test_judging_again_gives_the_same_findings_byte_for_byte(done: Done) -> None:
    again = drill("judge", "--json", done.folder)
    assert again.returncode == 0, again.stderr
    assert again.stdout == (done.folder / "findings.json").read_text()


def test_the_folder_is_verified_and_everything_in_it_is_made_again(done: Done) -> None:
    found = verify(done.folder)
    assert found.verified, render(found)


def test_the_plan_pins_every_input(done: Done) -> None:
    plan = json.loads((done.folder / "plan.json").read_text())
    assert {"feature", "criteria", "runbook", "stack", "load test"} == {each["kind"] for each in plan["pinned"]}
    assert plan["feature"] == Path("features/region_loss.feature").read_text()
    assert plan["identity"]["arn"].startswith("arn:aws:")
    assert plan["targets"]
    assert plan["templates"]


@pytest.mark.parametrize(
    "name", ["plan.json", "journal.jsonl", "latency.hlog", "findings.json", "report.html", "report.txt", "junit.xml"]
)
def test_the_evidence_is_kept(done: Done, name: str) -> None:
    assert (done.folder / name).stat().st_size > 100


def test_allure_shows_each_criterion_as_a_nested_step_and_holds_the_report(done: Done) -> None:
    allure = done.folder.parents[1] / "allure"
    (result,) = [json.loads(p.read_text()) for p in allure.glob("*-result.json")]
    judged = next(s for s in result["steps"] if s["name"].startswith("Then every criterion"))
    assert len(judged["steps"]) == len(done.findings)
    assert any(a["name"] == "report" for a in judged["attachments"])


def test_every_step_was_announced_before_it_was_taken(done: Done) -> None:
    states = [(e.data["number"], e.data["state"]) for e in done.history.every("step")]
    for number in {n for n, _ in states}:
        assert [s for n, s in states if n == number] == ["taking", "taken", "undoing", "undone"]
