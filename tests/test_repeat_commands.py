"""`drill run --repeat` and `drill repeats`, on runs that lie on disk: what stops them, what is kept, what is said."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.errors import ConfigError, Refused, StoreError
from harness.kept_repeats import load
from harness.repeat_commands import run, show
from harness.runs import folders_in
from harness.session import Session
from harness.store import unfinished
from tests.sealed_runs import closed_run, judged_run

DRILL = "a-region-is-lost"
FEATURE = Path("tests/drills/quick_region_loss.feature")
Ending = tuple[int, Callable[[Path], Path] | None]
Runs = Callable[..., int]

PASSES: Ending = (0, judged_run)
FAILS: Ending = (1, lambda folder: judged_run(folder, recovered=11.0))
ABORTS: Ending = (4, closed_run)
TEXTS = {3: "refused: the stack is not steady", 4: "aborted: SIGINT received", 5: "not healed: x", 70: "Traceback"}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch, results: Path) -> Callable[..., list[int]]:
    """Stands in for pytest: the runs end one after the other as they are told to. Lists the sessions that began."""

    def goes(*endings: Ending | BaseException) -> list[int]:
        began: list[int] = []
        coming: Iterator[Ending | BaseException] = iter(endings)

        def session(_: Sequence[Path], ended: Session, *__: str) -> Session:
            began.append(len(began) + 1)
            ending = next(coming)
            if isinstance(ending, BaseException):
                raise ending
            code, leave = ending
            ended.endings.each.append(("x::a", code, TEXTS.get(code, "")))
            if leave:
                folder = leave(results / DRILL / f"2026-01-01T00-00-0{len(began)}.000")
                ended.endings.began.append(("x::a", folder))
            return ended

        monkeypatch.setattr("harness.session._session", session)
        return began

    return goes


@pytest.fixture
def repeat(results: Path) -> Runs:
    def repeated(times: int = 3, on: str = "all", *, as_json: bool = False) -> int:
        return run([FEATURE], "", results, times, on, as_json=as_json)

    return repeated


def kept(results: Path) -> Path:
    (file,) = (results / DRILL / "repeats").glob("*.json")
    return file


# how they end


def test_runs_that_all_pass_are_added_up_told_and_kept(
    course: Callable[..., list[int]], repeat: Runs, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert course(PASSES, PASSES, PASSES) == []
    assert repeat() == 0
    said = capsys.readouterr()
    assert "verdict over 3 repeats, judged on all: PASS (3 of 3 runs PASS)" in said.out
    assert [f"run {n} of 3" for n in (1, 2, 3)] == said.err.splitlines()
    file = load(kept(results))
    assert (file.asked, file.status, len(file.runs)) == (3, "completed", 3)
    assert kept(results).with_suffix(".html").read_text().count('<div class="measure">') == 2


def test_a_run_that_fails_does_not_stop_the_others(course: Callable[..., list[int]], repeat: Runs) -> None:
    began = course(PASSES, FAILS, PASSES)
    assert repeat() == 1
    assert began == [1, 2, 3]


@pytest.mark.parametrize("code", [3, 4, 5, 70])
def test_what_is_refused_aborted_not_healed_or_crashed_stops_the_repeats_and_gives_its_code(
    code: int, course: Callable[..., list[int]], repeat: Runs, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = course(PASSES, (code, None if code == 3 else closed_run), PASSES)
    assert repeat() == code
    assert began == [1, 2]
    file = load(kept(results))
    assert (file.status, file.because) == ("stopped", TEXTS[code])
    assert len(file.runs) == (1 if code == 3 else 2)
    said = capsys.readouterr()
    assert said.err.splitlines()[-2:] == [TEXTS[code], "stopped after run 2 of 3; no other one begins"]
    assert "judged on all: INCONCLUSIVE" in said.out


def test_a_fail_before_the_stop_stays_one_in_what_is_kept(
    course: Callable[..., list[int]], repeat: Runs, results: Path
) -> None:
    course(FAILS, ABORTS)
    assert repeat() == 4
    assert json.loads(kept(results).read_text())["summary"]["verdict"] == "FAIL"


def test_a_percentile_gives_the_code_of_its_verdict_and_no_stop_is_a_verdict(
    course: Callable[..., list[int]], repeat: Runs
) -> None:
    course(*[PASSES] * 5)
    assert repeat(5, "median") == 0
    course((4, None))
    assert repeat(5, "median") == 4


def test_a_percentile_with_too_few_runs_is_inconclusive(
    course: Callable[..., list[int]], repeat: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    course(PASSES, PASSES)
    assert repeat(2, "P90") == 2
    assert "29 repeats would show it at best" in " ".join(capsys.readouterr().out.split())


def test_ctrl_c_between_two_runs_keeps_what_was_done(
    course: Callable[..., list[int]], repeat: Runs, results: Path
) -> None:
    began = course(PASSES, KeyboardInterrupt())
    assert repeat() == 4
    assert began == [1, 2]
    assert load(kept(results)).because == "interrupted between two runs"


def test_what_was_done_is_kept_even_if_something_unheard_of_comes(
    course: Callable[..., list[int]], repeat: Runs, results: Path
) -> None:
    course(PASSES, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        repeat()
    assert (load(kept(results)).status, len(load(kept(results)).runs)) == ("running", 1)


def test_what_is_refused_before_the_first_run_is_refused_as_ever(
    course: Callable[..., list[int]], repeat: Runs, results: Path
) -> None:
    course(Refused(["there is no such feature file"]))
    with pytest.raises(Refused):
        repeat()
    assert list(results.glob("*/*")) == []


def test_nothing_that_began_is_told_as_nothing(
    course: Callable[..., list[int]], repeat: Runs, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = course((3, None))
    assert repeat() == 3
    assert (began, list(results.glob("*/*"))) == ([1], [])
    assert "refused: the stack is not steady" in capsys.readouterr().err


def test_machines_get_one_object_as_the_last_line(
    course: Callable[..., list[int]], repeat: Runs, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(PASSES, PASSES)
    assert repeat(2, as_json=True) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["exit_code"] == 0
    (each,) = told["repeats"]
    assert (each["file"], each["status"], each["verdict"]) == (str(kept(results)), "completed", "PASS")
    assert [m["title"] for m in each["measures"]] == ["recovery time", "lost writes"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--repeat", "0"], "write 1 or more"),
        (["--repeat", "2", "--judge-on", "mean"], "write all, median, or a percentile"),
        (["--judge-on", "P90"], "name --repeat too"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(
    words: list[str], said: str, course: Callable[..., list[int]], capsys: pytest.CaptureFixture[str]
) -> None:
    began = course(PASSES)
    assert cli.main(["run", str(FEATURE), *words]) == 3
    assert said in capsys.readouterr().err
    assert began == []


# what is kept


@pytest.fixture
def three(course: Callable[..., list[int]], repeat: Runs, results: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Three repeats that passed, as they are kept."""
    course(PASSES, PASSES, PASSES)
    repeat()
    capsys.readouterr()
    return kept(results)


def test_they_are_added_up_again_from_the_folders_of_the_runs(
    three: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (three, three.parent, results / DRILL):
        assert show(place, None, None, as_json=False) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"{three}: identical"
    moved = results.rename(tmp_path / "elsewhere") / DRILL
    show(moved, None, None, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1].endswith(": identical")


def test_another_basis_is_named_as_such_and_nothing_is_written(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = three.read_bytes()
    assert show(three, "P90", None, as_json=False) == 2
    assert "judged on P90 here; when it ran, all was declared" in capsys.readouterr().out
    assert three.read_bytes() == before


def test_a_page_and_json_can_be_had_again(three: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(three, None, tmp_path / "x.html", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "PASS"
    assert (tmp_path / "x.html").read_text() == three.with_suffix(".html").read_text()


@pytest.mark.parametrize("name", ["journal.jsonl", "findings.json"])
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_run_that_is_not_as_it_was_kept_shows_nothing(
    name: str, how: str, three: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next((results / DRILL).glob(f"*02.000/{name}"))
    file.unlink() if how == "gone" else file.write_bytes(file.read_bytes() + b"\n")
    assert show(three, None, None, as_json=False) == 2
    said = capsys.readouterr().out
    assert f"not as it was kept: {name}" in said
    assert said.splitlines()[-1] == f"{three}: DIFFERENT from what is added up now"


def test_a_run_of_another_drill_text_is_no_repeat(
    course: Callable[..., list[int]], repeat: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    def edited(folder: Path) -> Path:
        judged_run(folder)
        plan = json.loads((folder / "plan.json").read_text())
        plan["pinned"] = [{"path": "features/x.feature", "sha256": "0"}]
        (folder / "plan.json").write_text(json.dumps(plan))
        return folder

    course(PASSES, (0, edited))
    repeat(2)
    assert "another drill than the first run: features/x.feature changed" in " ".join(capsys.readouterr().out.split())


def changed(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"asked": 2}


def broken(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"runs": [run | {"files": {"journal.jsonl": {}}} for run in content["runs"]]}


@pytest.mark.parametrize("change", ["", "{}", "[]", changed, broken])
def test_a_file_that_is_none_or_was_changed_is_refused(
    change: str | Callable[[dict[str, Any]], dict[str, Any]], three: Path
) -> None:
    text = change if isinstance(change, str) else json.dumps(change(json.loads(three.read_text())), indent=2)
    three.write_text(text)
    with pytest.raises(StoreError, match=r"json: (not repeats of a drill|it was changed)"):
        show(three, None, None, as_json=False)


def test_a_folder_without_repeats_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are no repeats here"):
        show(tmp_path, None, None, as_json=False)
    with pytest.raises(StoreError, match="No such file"):
        show(tmp_path / "x.json", None, None, as_json=False)
    with pytest.raises(ConfigError):
        run([FEATURE], "", tmp_path, 2, "P101", as_json=False)


def test_the_folder_of_repeats_is_taken_for_no_run(
    three: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(folders_in(results)) == len(folders_in(results / DRILL)) == 3
    assert unfinished(results) == ()
    assert cli.main(["trend", str(results)]) == 0
    assert "repeats" not in capsys.readouterr().out
    assert cli.main(["verify", str(three.parent)]) == 3


def test_the_command_line_reaches_repeats(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["repeats", str(three), "--judge-on", "median"]) == 2
    assert "judged on median" in capsys.readouterr().out
