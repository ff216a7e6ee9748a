"""Exit codes: what each command ends with, and that the worst ending wins."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import check_command, cli, commands, pytest_plugin
from harness.clock import Clock
from harness.endings import ENDINGS, Endings
from harness.errors import Aborted, CallFailed, NotHealed, NotInjected, Refused, StepFailed, StoreError
from harness.evidence import judge_folder
from harness.journal import Journal, read_events
from harness.model.verdict import Verdict
from harness.pytest_plugin import NotMet
from harness.session import Session
from harness.store import save_json
from tests.test_aws_world import US, FakeSite, World

# how a session ended


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 70), ([0], 0), ([0, 2], 2), ([2, 1], 1), ([1, 3], 3), ([3, 4], 4), ([4, 5], 5), ([5, 70, 0], 70),
        ([0, 0], 0),
    ],
)  # fmt: skip
def test_the_worst_ending_wins_and_nothing_run_is_no_pass(codes: list[int], code: int) -> None:
    assert Endings([("node", each, "") for each in codes]).exit_code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotMet(Verdict.FAIL, ""), 1), (NotMet(Verdict.INCONCLUSIVE, ""), 2), (NotInjected("x"), 2),
        (Refused(["x"]), 3), (StoreError(["x"]), 3), (Aborted("x"), 4), (NotHealed("x"), 5), (StepFailed("x"), 1),
        (CallFailed("x", "y", "z"), 70), (ZeroDivisionError(), 70), (AssertionError(), 70), (None, 0),
    ],
)  # fmt: skip
def test_each_error_ends_a_scenario_with_its_own_code(error: BaseException | None, code: int) -> None:
    assert noted(error).exit_code == code


def noted(error: BaseException | None, *, checking: bool = False, when: str = "call") -> Endings:
    """What the plugin makes of a scenario that ended so."""
    endings = Endings()
    config = SimpleNamespace(stash={ENDINGS: endings}, option=SimpleNamespace(drill_check=checking))
    item: Any = SimpleNamespace(nodeid="node", config=config)
    report: Any = SimpleNamespace(longrepr=None, longreprtext="traceback")
    pytest_plugin._note(item, when, error, report)
    return endings


def test_a_scenario_that_is_only_checked_ends_well() -> None:
    assert noted(pytest.skip.Exception("admitted"), checking=True).exit_code == 0


def test_a_scenario_that_was_skipped_did_not_pass() -> None:
    assert noted(pytest.skip.Exception("@skip"), when="setup").exit_code != 0


# run and check, without pytest underneath


Ends = Callable[..., None]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Stands in for the pytest session: it ends as it is told to."""

    def ends(*endings: tuple[str, int, str], collection: tuple[str, ...] = ()) -> None:
        ended = Session()
        ended.endings, ended.collection = Endings(list(endings)), list(collection)
        monkeypatch.setattr("harness.session._session", lambda *_: ended)

    return ends


def run(results: Path, *, as_json: bool = False) -> int:
    return commands.run([Path("x.feature")], "", results, as_json=as_json)


def test_run_ends_with_the_worst_of_its_scenarios(session: Ends, tmp_path: Path) -> None:
    session(("a", 0, ""), ("b", 2, "inconclusive"))
    assert run(tmp_path) == 2


def test_a_feature_that_cannot_be_collected_is_a_crash(
    session: Ends, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session(("a", 0, ""), collection=("no such module",))
    assert run(tmp_path) == 70
    assert "no such module" in capsys.readouterr().err


def test_a_refusal_is_said_and_a_finding_is_not_repeated(
    session: Ends, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session(("a", 3, "refused: x"), ("b", 1, "verdict: FAIL"))
    run(tmp_path)
    said = capsys.readouterr().err
    assert "refused: x" in said
    assert "FAIL" not in said


def test_machines_get_the_code_of_every_scenario(
    session: Ends, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session(("x.feature::a", 0, ""), ("x.feature::b", 5, "not healed: y"))
    assert run(tmp_path, as_json=True) == 5
    assert json.loads(capsys.readouterr().out) == {
        "exit_code": 5,
        "scenarios": [{"scenario": "a", "exit_code": 0}, {"scenario": "b", "exit_code": 5}],
    }


def test_results_that_cannot_be_written_are_refused_before_anything_runs(session: Ends, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="results cannot be written"):
        run(tmp_path / "file")


@pytest.mark.parametrize(("endings", "code"), [([("a", 0, "")], 0), ([("a", 0, ""), ("b", 3, "refused: x")], 3)])
def test_check_is_0_when_all_would_be_admitted_and_3_otherwise(
    session: Ends, endings: list[tuple[str, int, str]], code: int
) -> None:
    session(*endings)
    assert check_command.check([Path("x.feature")], as_json=False) == code


def test_check_without_a_scenario_is_refused(session: Ends) -> None:
    session()
    with pytest.raises(Refused, match="no scenario found"):
        check_command.check([Path("x.feature")], as_json=False)


def test_run_without_a_scenario_says_so(session: Ends, tmp_path: Path) -> None:
    session()
    with pytest.raises(Refused, match="no scenario found"):
        run(tmp_path)


def test_a_session_that_was_interrupted_after_a_pass_did_not_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(_: object, plugins: list[Any]) -> pytest.ExitCode:
        plugins[0].endings.each.append(("first", 0, ""))
        return pytest.ExitCode.INTERRUPTED

    (tmp_path / "x.feature").write_text("")
    (tmp_path / "conftest.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.session.pytest.main", interrupted)
    assert run(tmp_path / "results") != 0


# judge and report


def judged_folder(tmp_path: Path) -> Path:
    """A run in which nothing was injected."""
    experiment = {"criteria": [{"measure": "recovery time", "phase": None, "population": None,
                                "bound": {"relation": "at most", "value": 60, "unit": "s"}}]}  # fmt: skip
    save_json(tmp_path / "plan.json", {"experiment": experiment, "drill": "d", "run": "r"})
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    journal.record(
        "opened", drill="d", environment="lab", time_scale=10.0, populations=["NA"], probe_interval=0.1,
        monotonic_ns=0, wall="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    journal.record("closed", status="completed")
    journal.close()
    return tmp_path


def test_judging_ends_with_the_verdict_and_says_whether_the_findings_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.evidence.terminal", lambda *_: "")
    folder = judged_folder(tmp_path)
    assert commands.judge(folder, as_json=False) == 2
    assert "findings.json: missing" in capsys.readouterr().out
    commands.judge(folder, as_json=True)
    (folder / "findings.json").write_text(capsys.readouterr().out)
    commands.judge(folder, as_json=False)
    assert "findings.json: identical" in capsys.readouterr().out
    (folder / "findings.json").write_text("{}")
    commands.judge(folder, as_json=False)
    assert "DIFFERENT" in capsys.readouterr().out


def test_the_findings_of_a_run_are_kept_and_read_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.evidence.REPORTS", {})
    folder = judged_folder(tmp_path)
    assert judge_folder(folder).verdict is Verdict.INCONCLUSIVE
    commands.judge(folder, as_json=True)
    assert capsys.readouterr().out == (folder / "findings.json").read_text()


@pytest.mark.parametrize("command", ["judge", "report"])
def test_a_folder_that_holds_no_run_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, str(tmp_path)]) == 3
    assert capsys.readouterr().err.startswith("refused: ")


# heal


Heal = Callable[..., tuple[int, World]]


@pytest.fixture
def heal(monkeypatch: pytest.MonkeyPatch) -> Heal:
    """Runs `drill heal` in a world."""

    def healed(*runs: Path, results: Path = Path("none"), world: World | None = None) -> tuple[int, World]:
        there = world or World()
        monkeypatch.setattr("harness.commands.Site", lambda *_: FakeSite(there))
        return commands.heal(runs, results), there

    return healed


def died(folder: Path, **injecting: Any) -> Path:
    """A run that was killed, after it had announced a fault where one is given."""
    folder.mkdir(parents=True)
    stack = World().stack.model_dump(mode="json")
    save_json(folder / "plan.json", {"run": "a-run", "stack": stack})
    journal = Journal(folder / "journal.jsonl", Clock())
    opened = {"drill": "d", "environment": "lab", "time_scale": 10.0, "populations": [], "probe_interval": 0.1}
    journal.record("opened", **opened, monotonic_ns=0)
    if injecting:
        journal.record("injecting", templates=[{"region": US}], **injecting)
    journal.close()
    return folder


def broken_world() -> World:
    world = World()
    fis = FakeSite(world).fis(US)
    fis.start(fis.create_template({"actions": {"cut": {}}}, "a-run"), "a-run")
    return world


def test_nothing_unfinished_is_nothing_to_heal(heal: Heal, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert heal(results=tmp_path)[0] == 0
    assert capsys.readouterr().out == f"nothing to heal: every run in {tmp_path} was closed\n"


def test_a_run_that_died_is_healed_from_its_journal_and_closed(heal: Heal, tmp_path: Path) -> None:
    folder = died(tmp_path / "d" / "1", fault="region loss")
    code, world = heal(results=tmp_path, world=broken_world())
    assert code == 0
    assert world.experiments["E1"]["status"] == "stopped"
    kinds = [e.kind for e in read_events(folder / "journal.jsonl")]
    assert kinds == ["opened", "injecting", "healing", "experiment", "healed", "closed"]


def test_a_run_that_broke_nothing_is_only_closed(
    heal: Heal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = died(tmp_path / "1")
    assert heal(folder)[0] == 0
    assert "nothing was broken, nothing to put back" in capsys.readouterr().out
    assert read_events(folder / "journal.jsonl")[-1].kind == "closed"


def test_a_run_that_cannot_be_healed_stays_open_and_the_next_one_is_healed(heal: Heal, tmp_path: Path) -> None:
    first, second = died(tmp_path / "1", fault="region loss"), died(tmp_path / "2")
    world = broken_world()
    world.broken["fis:Stop"] = "InternalServerException"
    assert heal(first, second, world=world)[0] == 5
    assert read_events(first / "journal.jsonl")[-1].kind == "not healed"
    assert read_events(second / "journal.jsonl")[-1].kind == "closed"


def test_a_lab_that_is_gone_took_all_changes_with_it(
    heal: Heal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_aws_world.FakeRoute53.has_zone", lambda *_: False)
    folder = died(tmp_path / "1", fault="region loss")
    code, world = heal(folder)
    assert (code, world.calls) == (0, [])
    assert read_events(folder / "journal.jsonl")[-1].data["status"] == "the lab is gone"


def test_a_folder_without_a_plan_cannot_be_healed(heal: Heal, tmp_path: Path) -> None:
    assert heal(tmp_path)[0] == 3


# the command line


def test_an_interrupted_command_ends_as_shells_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.commands.report", interrupt)
    assert cli.main(["report", "x"]) == 130


@pytest.mark.parametrize("arguments", [[], ["rnu"], ["run"], ["judge"]])
def test_a_command_line_that_cannot_be_meant_is_refused_by_argparse(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: drill" in capsys.readouterr().err


# scenarios that could not show anything


@pytest.mark.parametrize("types", [("given",), ("given", "when"), ("given", "then"), ("given", "when", "when", "then")])
def test_a_scenario_needs_one_when_and_a_then(monkeypatch: pytest.MonkeyPatch, types: tuple[str, ...]) -> None:
    monkeypatch.setattr(pytest_plugin, "get_step_function", lambda **_: "known")
    steps = [SimpleNamespace(type=each, keyword=each, name=each, line_number=1) for each in types]
    feature: Any = SimpleNamespace(filename="x.feature")
    scenario: Any = SimpleNamespace(steps=steps, name="S", line_number=2)
    request: Any = None
    with pytest.raises(Refused):
        pytest_plugin.pytest_bdd_before_scenario(request, feature, scenario)
