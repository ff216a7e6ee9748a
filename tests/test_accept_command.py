"""Accepting a run, and what a later drill is held against."""

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness import accepted
from harness.accept_command import accept, accept_firsts, show
from harness.baseline import freeze
from harness.cli import main
from harness.endings import Endings
from harness.errors import StoreError
from harness.judge import judge
from harness.model.history import Event
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from harness.pinned import Pinned
from harness.plan import Plan, plain, versions
from harness.store import FINDINGS, load_history, save_json
from tests.experiments import STACK, an_experiment
from tests.sealed_runs import closed_run, judged_run, recorded_run

DRILL = "a-region-is-lost"
FAILS = (("recovery time", "at most", 1.0, "s", None),)
ERRORS = ("error rate change", "at most", 1.0, "pp", None)
FIRST = (("lost writes", "at most", 0.0, "writes", None), ERRORS)
STACK_FILE = Pinned(kind="stack", path="storefront.yaml", text="lab: {time_scale: 10}\n")
ASKED = Criterion(measure="error rate change", bound=Bound(relation=Relation.AT_MOST, value=1.0, unit="pp"))
DECLARED = an_experiment(criteria=(ASKED,), baseline=True)


def folder(results: Path, name: str = "2026-11-01T00-00-00.000") -> Path:
    return results / DRILL / name


def test_a_run_that_passed_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = judged_run(folder(tmp_path))
    assert accept(run, anyway=False, as_json=False) == 0
    (known,) = accepted.load(run.parent)
    assert (known.run, known.verdict) == (run.name, "PASS")
    assert "accepted (PASS); later runs are held against it" in capsys.readouterr().out


def test_a_run_that_failed_is_only_accepted_all_the_same(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path), criteria=FAILS)
    with pytest.raises(StoreError, match="it is FAIL; to accept it all the same: --even-though-it-failed"):
        accept(run, anyway=False, as_json=False)
    assert accepted.load(run.parent) == ()
    assert accept(run, anyway=True, as_json=False) == 0
    assert accepted.load(run.parent)[0].verdict == "FAIL"


def test_a_first_run_that_lacked_but_a_baseline_is_accepted(tmp_path: Path) -> None:
    run = with_baseline(tmp_path, {"run": "", "because": "no run of this drill was accepted yet", "figures": []})
    assert json.loads((run / FINDINGS).read_text())["verdict"] == "INCONCLUSIVE"
    assert accept(run, anyway=False, as_json=False) == 0


def ended(run: Path, code: int = 2) -> Endings:
    """A session in which this run was the only one."""
    return Endings(each=[("a drill", code, "")], began=[("a drill", run)])


def test_the_first_run_of_a_drill_can_be_accepted_by_the_session_that_made_it(tmp_path: Path) -> None:
    run = with_baseline(tmp_path, {"run": "", "because": "no run of this drill was accepted yet", "figures": []})
    endings = ended(run)
    accept_firsts(endings)
    assert [known.run for known in accepted.load(run.parent)] == [run.name]
    assert endings.exit_code == 0


def test_a_later_run_that_is_undecided_stays_so(tmp_path: Path) -> None:
    run = with_baseline(tmp_path, {"run": "", "because": "no run of this drill was accepted yet", "figures": []})
    accept(run, anyway=False, as_json=False)
    endings = ended(run)
    accept_firsts(endings)
    assert len(accepted.load(run.parent)) == 1
    assert endings.exit_code == 2


def test_a_first_run_that_failed_is_not_accepted_by_its_session(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path), criteria=FAILS)
    endings = ended(run, code=1)
    accept_firsts(endings)
    assert accepted.load(run.parent) == ()
    assert endings.exit_code == 1


def test_a_run_of_which_a_baseline_was_all_that_was_asked_shows_nothing(tmp_path: Path) -> None:
    baseline = {"run": "", "because": "no run of this drill was accepted yet", "figures": []}
    run = with_baseline(tmp_path, baseline, criteria=(ERRORS,))
    with pytest.raises(StoreError, match="it is INCONCLUSIVE"):
        accept(run, anyway=False, as_json=False)


def test_a_run_that_could_not_be_told_from_its_baseline_is_not(tmp_path: Path) -> None:
    figure = {"measure": ERRORS[0], "phase": None, "population": None, "because": "too few"}
    run = with_baseline(tmp_path, {"run": "x", "because": "", "figures": [figure]})
    with pytest.raises(StoreError, match="it is INCONCLUSIVE"):
        accept(run, anyway=False, as_json=False)


def with_baseline(results: Path, baseline: dict[str, Any], criteria: Any = FIRST) -> Path:
    """A run that was held against this baseline, sealed and judged as any other."""
    from harness import evidence, manifest
    from harness.clock import Clock
    from harness.journal import FILE_NAME, Journal
    from harness.seal import close

    run = recorded_run(folder(results), criteria=criteria)
    journal = Journal(run / FILE_NAME, Clock(time_scale=10.0, origin_ns=0))
    journal.record("baseline", at=12.0, **baseline)
    close(journal, "completed")
    journal.close()
    manifest.begin(run)
    evidence.judge_folder(run)
    return run


def test_a_run_that_proves_nothing_is_never_accepted(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path))
    findings = json.loads((run / FINDINGS).read_text())
    (run / FINDINGS).write_text(json.dumps({**findings, "voids": ["the fault touched nothing"]}))
    with pytest.raises(StoreError, match="it proves nothing: the fault touched nothing"):
        accept(run, anyway=True, as_json=False)


def test_a_run_that_was_changed_is_not_accepted(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path))
    with (run / "load.jsonl").open("a") as load:
        load.write("\n")
    with pytest.raises(StoreError, match="not verified"):
        accept(run, anyway=True, as_json=False)


def test_a_run_that_never_came_to_its_end_is_not_accepted(tmp_path: Path) -> None:
    run = closed_run(folder(tmp_path))
    with pytest.raises(StoreError, match="never judged"):
        accept(run, anyway=True, as_json=False)


def test_the_latest_run_is_accepted_under_its_own_name(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path))
    (run.parent / "latest").symlink_to(run.name)
    accept(run.parent / "latest", anyway=False, as_json=False)
    assert accepted.load(run.parent)[0].run == run.name


def test_what_was_accepted_is_listed_with_what_became_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = judged_run(folder(tmp_path)), judged_run(folder(tmp_path, "2026-11-02T00-00-00.000"))
    for run in (first, second):
        accept(run, anyway=False, as_json=True)
    (first / FINDINGS).write_text("{}")
    capsys.readouterr()
    assert show(tmp_path, as_json=True) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["run"] for row in listed] == [first.name, second.name]
    assert listed[0]["state"] == f"findings.json of the accepted run {first.name} was changed since"
    assert listed[1]["state"] == "the baseline"


def test_the_command_line_accepts_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = judged_run(folder(tmp_path))
    assert main(["accept", "--list", "--results", str(tmp_path)]) == 0
    assert "no run in" in capsys.readouterr().out
    assert main(["accept", str(run)]) == 0
    assert main(["accept", "--list", "--results", str(tmp_path)]) == 0
    assert "PASS" in capsys.readouterr().out
    assert main(["accept"]) == 3
    assert "name the folder of a run" in capsys.readouterr().err


def test_a_list_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    run = judged_run(folder(tmp_path))
    accept(run, anyway=False, as_json=False)
    path = run.parent / accepted.ACCEPTED
    path.write_text(path.read_text().replace(run.name, "2026-12-01T00-00-00.000"))
    with pytest.raises(StoreError, match="it was changed"):
        accepted.load(run.parent)
    path.write_text("[]")
    with pytest.raises(StoreError, match="not a list of accepted runs"):
        accepted.load(run.parent)
    row = {"folder": run.name, "accepted": "", "verdict": "PASS", "files": {"journal.jsonl": {}}}
    path.write_text(json.dumps({"runs": [row]}))
    with pytest.raises(StoreError, match=r"accepted\.json: not a list of accepted runs: not a list of digests"):
        accepted.load(run.parent)


# the baseline


def accepted_in(results: Path, **changes: Any) -> Path:
    """An accepted run of a drill that was declared like this."""
    run = recorded_run(folder(results))
    experiment = plain(dataclasses.replace(DECLARED, **changes))
    plan = {**json.loads((run / "plan.json").read_text()), "experiment": experiment, "pinned": [STACK_FILE.as_json()]}
    save_json(run / "plan.json", plan)
    return _sealed(run)


def _sealed(run: Path) -> Path:
    from harness import manifest
    from harness.clock import Clock
    from harness.journal import FILE_NAME, Journal
    from harness.seal import close

    journal = Journal(run / FILE_NAME, Clock(time_scale=10.0, origin_ns=0))
    close(journal, "completed")
    journal.close()
    manifest.begin(run)
    (run / FINDINGS).write_text("{}")
    accepted.save(run.parent, (accepted.accepted_run(run, "2026-11-02T00:00:00+00:00", "PASS"),))
    return run


def frozen(results: Path, **changes: Any) -> dict[str, Any]:
    return freeze(results, dataclasses.replace(DECLARED, **changes), STACK, [STACK_FILE])


def test_without_an_accepted_run_the_remedy_is_told(tmp_path: Path) -> None:
    found = frozen(tmp_path)
    assert found["figures"] == []
    assert f"drill accept {tmp_path.name}/{DRILL}/<time>" in found["because"]


def test_the_figures_of_the_accepted_run_are_frozen(tmp_path: Path) -> None:
    """50 requests, of which those of two seconds had no answer: too few for a figure of all of them."""
    run = accepted_in(tmp_path)
    found = frozen(tmp_path)
    assert (found["run"], found["because"]) == (run.name, "")
    (figure,) = found["figures"]
    assert figure["measure"] == "error rate change"
    assert "it takes 200" in figure["because"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"load": dataclasses.replace(DECLARED.load, rate=60.0) if DECLARED.load else None},
            "load.rate was 60.0 and is 30.0",
        ),
        ({"load": None}, "load was nothing and is"),
        ({"stack": "storefront-on-ecs"}, "stack was storefront-on-ecs and is storefront"),
        ({"faults": ()}, "faults was [] and is"),
        ({"order_rate": 5.0}, "order_rate was 5.0 and is 20.0"),
        ({"scaling_window": timedelta(minutes=5)}, "scaling_window was"),
    ],
)
def test_a_run_of_another_drill_is_no_baseline(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    accepted_in(tmp_path, **changes)
    found = frozen(tmp_path)
    assert found["figures"] == []
    assert told in found["because"]
    assert "was another drill" in found["because"]


def test_a_run_at_another_time_scale_or_by_another_stack_file_is_no_baseline(tmp_path: Path) -> None:
    accepted_in(tmp_path)
    faster = STACK.model_copy(update={"time_scale": 20.0})
    other = Pinned(kind="stack", path="storefront.yaml", text="# a comment\nlab: {time_scale: 10, record_ttl: 2}\n")
    found = freeze(tmp_path, DECLARED, faster, [other])
    assert "time_scale was 10.0 and is 20.0" in found["because"]
    assert "stack file.lab.record_ttl was nothing and is 2" in found["because"]
    same = Pinned(kind="stack", path="storefront.yaml", text="# a comment\nlab: {time_scale: 10}\n")
    assert freeze(tmp_path, DECLARED, STACK, [same])["because"] == ""


def test_criteria_may_differ_from_those_of_the_accepted_run(tmp_path: Path) -> None:
    accepted_in(tmp_path, criteria=())
    assert frozen(tmp_path)["because"] == ""


@pytest.mark.parametrize("name", ["journal.jsonl", "load.jsonl", "findings.json"])
def test_an_accepted_run_that_was_changed_is_no_baseline(tmp_path: Path, name: str) -> None:
    run = accepted_in(tmp_path)
    with (run / name).open("a") as file:
        file.write("\n")
    found = frozen(tmp_path)
    assert found["figures"] == []
    assert f"{name} of the accepted run {run.name} was changed" in found["because"]


def test_an_accepted_run_that_is_gone_is_no_baseline(tmp_path: Path) -> None:
    run = accepted_in(tmp_path)
    (run / "journal.jsonl").unlink()
    assert "is gone" in frozen(tmp_path)["because"]


def test_a_list_that_was_changed_is_no_baseline(tmp_path: Path) -> None:
    run = accepted_in(tmp_path)
    (run.parent / accepted.ACCEPTED).write_text("{}")
    found = frozen(tmp_path)
    assert str(tmp_path) not in found["because"]
    assert "not a list of accepted runs" in found["because"]


def test_a_frozen_baseline_without_a_figure_is_inconclusive(tmp_path: Path) -> None:
    run = accepted_in(tmp_path)
    baseline = frozen(tmp_path)
    history = load_history(run)
    event = Event(seq=0, at=0.0, kind="baseline", data=baseline)
    found = judge(dataclasses.replace(history, events=(*history.events, event)), [ASKED]).findings[0]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert f"in the accepted run {run.name}" in found.because


def test_the_plan_holds_the_baseline() -> None:
    plan = Plan(
        run="run",
        experiment=DECLARED,
        stack=STACK,
        templates=(),
        targets=(),
        pinned=(),
        identity={},
        versions=versions(),
        baseline={"run": "x", "figures": []},
    )
    assert plan.as_json()["baseline"] == {"run": "x", "figures": []}
    assert plan.as_json()["experiment"]["baseline"] is True
