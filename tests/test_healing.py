"""Healing works from the journal alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.clock import Clock
from harness.errors import NotHealed
from harness.healing import fail_back, heal_all, open_faults, open_steps
from harness.journal import Journal
from tests.fakes import RememberingStep, registered


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    yield journal
    journal.close()


def _begin(journal: Journal, number: int, name: str, state: str = "taking") -> None:
    journal.record("step", number=number, step=name, state=state, options={}, undo={"was": f"before {number}"})


def test_nothing_announced_means_nothing_to_heal(journal: Journal) -> None:
    heal_all(None, journal, "run")  # type: ignore[arg-type]  a site is not even asked
    assert journal.events == ()


def test_a_fault_is_open_from_its_announcement_until_it_was_healed(journal: Journal) -> None:
    assert not open_faults(journal.events)
    journal.record("injecting")
    assert open_faults(journal.events)
    journal.record("healing")
    assert open_faults(journal.events)
    journal.record("healed")
    assert not open_faults(journal.events)


def test_a_step_that_was_only_announced_is_undone_too(journal: Journal) -> None:
    calls: list[str] = []
    _begin(journal, 1, "remember")
    with registered("remember", RememberingStep(calls)):
        fail_back(None, journal)  # type: ignore[arg-type]
    assert calls == ["undo before 1"]
    assert open_steps(journal.events) == ()


def test_steps_are_undone_in_the_order_of_the_runbook_and_only_once(journal: Journal) -> None:
    calls: list[str] = []
    for number in (1, 2, 3):
        _begin(journal, number, "remember")
        _begin(journal, number, "remember", "taken")
    with registered("remember", RememberingStep(calls)):
        fail_back(None, journal)  # type: ignore[arg-type]
        fail_back(None, journal)  # type: ignore[arg-type]
    assert calls == ["undo before 1", "undo before 2", "undo before 3"]


def test_one_step_that_cannot_be_undone_does_not_keep_the_others(journal: Journal) -> None:
    calls: list[str] = []
    _begin(journal, 1, "stubborn")
    _begin(journal, 2, "remember")
    with (
        registered("remember", RememberingStep(calls)),
        registered("stubborn", RememberingStep(calls, fails=True)),
        pytest.raises(NotHealed, match="stubborn: step failed: cannot be undone"),
    ):
        fail_back(None, journal)  # type: ignore[arg-type]
    assert calls == ["undo before 2"]
    assert [s["step"] for s in open_steps(journal.events)] == ["stubborn"]


def test_healed_is_not_written_when_healing_failed(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise NotHealed("FIS does not answer")

    monkeypatch.setattr("harness.healing.injection.heal", broken)
    journal.record("injecting", fault="region loss", templates=[{"region": "us-east-1"}])
    with pytest.raises(NotHealed, match="FIS does not answer"):
        heal_all(None, journal, "run")  # type: ignore[arg-type]
    assert [e.kind for e in journal.events] == ["injecting", "healing", "not healed"]
    assert open_faults(journal.events)
