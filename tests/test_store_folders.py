"""Results folders: what is kept can be read back, and what cannot be kept is refused."""

import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from harness.clock import Clock
from harness.errors import Refused, StoreError
from harness.evidence import writable
from harness.journal import Journal
from harness.model.history import Audit, Outcome, Stream
from harness.plan import Plan, compile_faults
from harness.probes.records import answer_line, request_line, watch_line
from harness.store import (
    load_criteria,
    load_history,
    load_plan,
    new_folder,
    save_audit,
    save_json,
    save_plan,
    save_text,
    unfinished,
)
from tests.experiments import RECOVERY, STACK, an_experiment

OPENED = {
    "drill": "d", "environment": "lab", "time_scale": 10.0, "populations": ["NA"], "probe_interval": 0.1,
    "monotonic_ns": 1_000_000_000,
}  # fmt: skip


def journaled(folder: Path, *kinds: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / "journal.jsonl", Clock())
    for kind in kinds:
        journal.record(kind, **(OPENED if kind == "opened" else {}))
    journal.close()
    return folder


def read_at(second: int) -> str:
    moment = second * 1_000_000_000
    return request_line(
        stream=Stream.READ, population="NA", name="r", due=moment, sent=moment, finished=moment, outcome=Outcome.OK
    )


def test_a_run_has_a_folder_of_its_own_and_latest_points_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(datetime(2026, 1, 1, second=s, tzinfo=UTC) for s in (1, 2))

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return next(moments)

    monkeypatch.setattr("harness.store.datetime", Later)
    first, second = (new_folder(tmp_path, "The East is lost!") for _ in range(2))
    assert (first.name, second.name) == ("2026-01-01T00-00-01.000", "2026-01-01T00-00-02.000")
    assert first.parent == tmp_path / "the-east-is-lost"
    assert (first.parent / "latest").resolve() == second.resolve()


def test_the_link_is_relative_so_that_results_can_be_moved(tmp_path: Path) -> None:
    folder = new_folder(tmp_path / "results", "d")
    (tmp_path / "results").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "d" / "latest").resolve().name == folder.name


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match="results cannot be written: Not a directory"):
        new_folder(blocked, "d")
    with pytest.raises(Refused, match="results cannot be written"):
        writable(blocked)


def test_a_results_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    writable(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_text_that_cannot_be_written_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/x\.json: cannot be written: No such file"):
        save_text(tmp_path / "none" / "x.json", "")


def test_a_text_replaces_the_one_of_before_and_leaves_no_part(tmp_path: Path) -> None:
    save_text(tmp_path / "x", "one")
    save_text(tmp_path / "x", "two")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("x", "two")]


def test_json_is_kept_in_a_stable_order(tmp_path: Path) -> None:
    save_json(tmp_path / "x", {"b": 1, "a": 2})
    assert (tmp_path / "x").read_text() == '{\n  "a": 2,\n  "b": 1\n}\n'


def test_a_plan_and_its_criteria_read_back(tmp_path: Path) -> None:
    experiment = an_experiment()
    templates = compile_faults(experiment, STACK)
    plan = Plan(
        run="r",
        experiment=experiment,
        stack=STACK,
        templates=templates,
        targets=({"id": "i-1"},),
        pinned=(),
        identity={},
        versions={},
    )
    save_plan(tmp_path, plan)
    assert load_plan(tmp_path) == json.loads(json.dumps(plan.as_json()))
    assert load_criteria(tmp_path) == (RECOVERY,)


@pytest.mark.parametrize("text", [None, "{", ""])
def test_a_plan_that_cannot_be_read_is_refused_with_its_path(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(StoreError, match=r"plan\.json"):
        load_plan(tmp_path)


def test_a_history_is_what_the_journal_and_the_records_say(tmp_path: Path) -> None:
    journaled(tmp_path, "opened", "closed")
    dns = answer_line(population="NA", name="api", at=4_000_000_000, addresses=["127.0.0.1"], region="a", ttl=2.0)
    edge = watch_line(population="NA", at=2_000_000_000, edge="closed", region="a")
    (tmp_path / "probes.jsonl").write_text(read_at(5) + dns + edge)
    history = load_history(tmp_path)
    assert [r.due for r in history.requests] == [4.0]
    assert ([a.at for a in history.answers], [w.at for w in history.watches]) == ([3.0], [1.0])
    assert (history.drill, history.time_scale, history.probe_interval) == ("d", 10.0, 0.1)
    assert [e.kind for e in history.events] == ["opened", "closed"]


def test_a_history_without_records_or_audit_is_empty_not_an_error(tmp_path: Path) -> None:
    history = load_history(journaled(tmp_path, "opened"))
    assert (history.requests, history.audit) == ((), None)


@pytest.mark.parametrize("kinds", [(), ("closed",)])
def test_a_journal_that_does_not_begin_with_opened_is_refused(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    with pytest.raises(StoreError, match="does not begin with an opened run"):
        load_history(journaled(tmp_path, *kinds))


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"journal\.jsonl: No such file"):
        load_history(tmp_path)


def test_an_audit_reads_back(tmp_path: Path) -> None:
    audit = Audit(at=3.5, region="eu-west-1", rows={"a": 2}, unknown=("x",))
    save_audit(journaled(tmp_path, "opened"), audit)
    assert load_history(tmp_path).audit == audit


def test_runs_without_a_closed_journal_are_unfinished(tmp_path: Path) -> None:
    journaled(tmp_path / "a" / "1", "opened", "closed")
    died = journaled(tmp_path / "a" / "2", "opened", "injecting")
    journaled(tmp_path / "a" / "3", "opened", "closed", "healing")
    (tmp_path / "a" / "latest").symlink_to("2")
    assert unfinished(tmp_path) == (died, tmp_path / "a" / "3")
