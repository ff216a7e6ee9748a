"""`drill heal` closes the journal of a run that died, and seals what it finds."""

from pathlib import Path

import pytest

from harness import commands
from harness.digest import digest
from harness.journal import FILE_NAME, read_events
from harness.store import unfinished
from harness.verification import verify
from tests.sealed_runs import closed_run, judged_run, recorded_run


@pytest.fixture(autouse=True)
def lab_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_is_there", lambda _: False)


def test_a_run_that_died_in_the_middle_of_a_line_is_closed_and_verified(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path / "drill" / "1")
    with (folder / FILE_NAME).open("a") as file:
        file.write('{"seq":12,"at":12.5,"kind":"aud')
    assert unfinished(tmp_path) == (folder,)
    assert commands.heal([], tmp_path) == 0
    assert unfinished(tmp_path) == ()
    assert [e.kind for e in read_events(folder / FILE_NAME)][-2:] == ["torn", "closed"]
    assert verify(folder).verified


def test_a_run_that_was_closed_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = judged_run(tmp_path / "run")
    before = digest(folder / FILE_NAME)
    assert commands.heal([folder], tmp_path) == 0
    assert "nothing is left to put back" in capsys.readouterr().out
    assert digest(folder / FILE_NAME) == before
    assert verify(folder).verified


def test_healing_does_not_cover_up_what_was_changed_after_the_run_closed(tmp_path: Path) -> None:
    folder = closed_run(tmp_path / "run")
    (folder / "audit.json").write_text("{}")
    commands.heal([folder], tmp_path)
    assert [c.name for c in verify(folder).problems] == ["audit.json"]


def test_a_journal_whose_end_was_taken_off_is_not_covered_up_by_healing(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run")
    lines = (folder / FILE_NAME).read_text().splitlines(keepends=True)
    (folder / FILE_NAME).write_text("".join(lines[:-1]))
    (folder / "locust.log").write_text("nothing happened")
    commands.heal([folder], tmp_path)
    assert "manifest.json" in {c.name for c in verify(folder).problems}


def test_a_damaged_record_does_not_keep_a_run_from_being_healed(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path / "run")
    (folder / "probes.jsonl").write_text("rubbish")
    assert commands.heal([folder], tmp_path) == 0
