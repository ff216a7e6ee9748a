"""Healing to the end, and records that must serve clients after they were moved."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.clock import Clock
from harness.errors import CallFailed
from harness.failover.registry import STEPS
from harness.healing import heal_all
from harness.journal import Journal
from harness.model.experiment import StopCondition
from harness.model.history import Event
from harness.stack.descriptor import Stack
from tests.fakes import RememberingStep, registered
from tests.test_aws_world import EU, US, FakeFis, FakeSite, World
from tests.test_run_course import Clients, clients, drilled

assert clients


def test_alarms_that_cannot_be_seen_do_not_end_the_healing_that_they_caused(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hide(event: Event) -> None:
        if event.data.get("phase") == "impaired":
            clients.broken["cloudwatch:Describe"] = "Throttling"

    def slowly(fis: FakeFis, experiment_id: str) -> None:
        known = fis.world.experiments[experiment_id]
        fis.world.in_(2.0, lambda: known.update(status="stopped"))

    monkeypatch.setattr(FakeFis, "stop", slowly)
    ended = drilled(clients, tmp_path, hide, stop_conditions=(StopCondition(alarm="enough", region=EU),))
    assert isinstance(ended.error, CallFailed)
    assert ended.events[-1].data["status"] == "aborted"
    assert ended.healed()


def test_a_crash_while_the_fault_is_healed_does_not_keep_the_steps_from_being_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise KeyError("experimentTemplate")

    monkeypatch.setattr("harness.healing.injection.heal", crash)
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    journal.record("injecting", fault="region loss", templates=[{"region": US}])
    journal.record("step", number=1, step="remember", state="taking", options={}, undo={"was": "before"})
    calls: list[str] = []
    with registered("remember", RememberingStep(calls)), pytest.raises(Exception, match="experimentTemplate"):
        heal_all(None, journal, "run")  # type: ignore[arg-type]
    journal.close()
    assert calls == ["undo before"]


def test_a_record_does_not_keep_the_health_check_of_the_region_that_is_lost() -> None:
    world = World()
    content = world.stack.model_dump(mode="json")
    content["regions"][EU]["health_check"] = None
    world.stack = Stack.model_validate(content)
    STEPS["point Route 53"].take(FakeSite(world), {"from": US, "to": EU}, timedelta(minutes=1))  # type: ignore[arg-type]
    moved = next(r for r in world.records if r.get("SetIdentifier") == US)
    assert moved.get("HealthCheckId") != f"check-{US}"


def test_why_a_drill_was_aborted_is_not_said_twice(clients: Clients, tmp_path: Path) -> None:
    def trip(event: Event) -> None:
        if event.data.get("phase") == "recovered":
            clients.alarms[(EU, "enough")] = "ALARM"

    ended = drilled(clients, tmp_path, trip, stop_conditions=(StopCondition(alarm="enough", region=EU),))
    assert ended.judged().voids == ("the run was aborted: stop condition enough tripped",)
