"""The journal: on disk before the effect, readable after a crash."""

from pathlib import Path

import pytest

from harness.chain import read_chain
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


def a_journal(path: Path, kinds: str = "opened injecting") -> Path:
    journal = Journal(path, Clock())
    for kind in kinds.split():
        journal.record(kind, note="a, b")
    journal.close()
    return path


def test_each_line_follows_from_the_lines_before_it(tmp_path: Path) -> None:
    chain = read_chain(a_journal(tmp_path / "journal.jsonl", "opened injecting injected").read_bytes())
    assert (chain.lines, chain.unchained, chain.broken) == (3, 0, None)


def test_the_chain_goes_on_where_the_journal_ended(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "journal.jsonl")
    a_journal(path, "healing healed")
    chain = read_chain(path.read_bytes())
    assert (chain.lines, chain.broken) == (4, None)


@pytest.mark.parametrize("torn", ['{"seq":2,"at":', '{"seq":2,"at":1.0,"kind":"injected","data":{}}', "\u00e9"])
def test_what_is_recorded_after_a_torn_line_does_not_glue_onto_it(torn: str, tmp_path: Path) -> None:
    path = a_journal(tmp_path / "journal.jsonl")
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    a_journal(path, "healing")
    events = read_events(path)
    assert [e.kind for e in events] == ["opened", "injecting", "torn", "healing"]
    assert [e.seq for e in events] == [0, 1, 2, 3]
    assert events[2].data["text"] == torn
    assert read_chain(path.read_bytes()).broken is None


def test_a_torn_first_line_leaves_an_empty_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"seq":0')
    a_journal(path, "opened")
    assert [e.kind for e in read_events(path)] == ["torn", "opened"]


def test_a_line_that_was_changed_moved_or_taken_out_breaks_the_chain(tmp_path: Path) -> None:
    lines = a_journal(tmp_path / "journal.jsonl", "opened injecting injected healed").read_bytes().splitlines(True)
    for changed in (
        [lines[0], lines[1].replace(b"a, b", b"a,b"), *lines[2:]],
        [lines[0], lines[2], lines[1], lines[3]],
        [lines[0], *lines[2:]],
    ):
        assert read_chain(b"".join(changed)).broken == 2


def test_a_journal_without_a_chain_can_be_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"seq":0,"at":0,"kind":"opened","data":{}}\n')
    assert read_chain(path.read_bytes()).unchained == 1
    a_journal(path, "healing healed")
    assert [e.kind for e in read_events(path)] == ["opened", "healing", "healed"]
    chain = read_chain(path.read_bytes())
    assert (chain.lines, chain.unchained, chain.broken) == (3, 1, None)
    path.write_bytes(path.read_bytes().replace(b'"at":0,', b'"at":1,'))
    assert read_chain(path.read_bytes()).broken == 2
