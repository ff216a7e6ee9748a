"""The journal: on disk before the effect, readable after a crash."""

from pathlib import Path

import pytest

from harness.clock import Clock
from harness.errors import StoreError
from harness.journal import Journal, read_events


def test_what_was_recorded_is_read_back_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    journal.record("opened", drill="x")
    journal.record("injecting", fault="region loss")
    assert [e.kind for e in read_events(journal.path)] == ["opened", "injecting"]
    journal.close()


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    journal.record("opened")
    journal.close()
    with journal.path.open("a") as file:
        file.write('{"seq":1,"at":')
    assert [e.kind for e in read_events(journal.path)] == ["opened"]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"seq":0,"at":0,"kind":"opened","data":{}}\nrubbish\n')
    with pytest.raises(StoreError, match=r"journal.jsonl:2: not a journal line"):
        read_events(path)


def test_a_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal.jsonl", Clock())
    first.record("opened")
    first.close()
    second = Journal(first.path, Clock())
    assert second.record("healing").seq == 1
    second.close()
    assert [e.seq for e in read_events(first.path)] == [0, 1]
