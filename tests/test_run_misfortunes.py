"""What once went wrong: a drill heals and tells the truth although its surroundings fail it."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness import commands
from harness.clock import Clock
from harness.errors import Aborted, CallFailed, HarnessError, NotHealed
from harness.failover.registry import STEPS
from harness.faults import injection
from harness.healing import fail_back
from harness.journal import Journal, read_events
from harness.model.experiment import StopCondition
from harness.model.history import Event
from harness.model.verdict import Verdict
from harness.probes.registry import ask_all
from harness.run import alone
from harness.store import save_json
from tests.fakes import RememberingStep, registered
from tests.test_aws_world import EU, US, FakeFis, FakeSite, World
from tests.test_run_course import BOOK, Clients, FakeChild, StepSpec, clients, drilled

assert clients


def test_a_listener_that_is_gone_does_not_keep_the_drill_from_healing(clients: Clients, tmp_path: Path) -> None:
    def closed_pipe(_: Event) -> None:
        if clients.hit_since:
            raise BrokenPipeError

    assert drilled(clients, tmp_path, closed_pipe).healed()


def test_a_disk_that_is_full_does_not_keep_the_drill_from_healing(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        if clients.hit_since:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.journal.os.fsync", full)
    assert drilled(clients, tmp_path).healed()


def test_a_journal_with_a_torn_last_line_can_be_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"seq":0,"at":0,"kind":"opened","data":{}}\n{"seq":1,"at":')
    journal = Journal(path, Clock())
    journal.record("healing")
    journal.close()
    assert [e.kind for e in read_events(path)] == ["opened", "torn", "healing"]


def test_a_region_that_cannot_be_healed_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    site = FakeSite(world)
    for region in (US, EU):
        fis = site.fis(region)
        fis.start(fis.create_template({"actions": {"cut": {}}}, "run"), "run")

    def stop(self: FakeFis, experiment_id: str) -> None:
        if self.region == US:
            raise CallFailed("fis:StopExperiment", "InternalServerException", "later")
        self.world.experiments[experiment_id]["status"] = "stopped"

    monkeypatch.setattr(FakeFis, "stop", stop)
    with pytest.raises(NotHealed):
        injection.heal(site, [US, EU], "run")
    assert world.experiments["E2"]["status"] == "stopped"


def test_a_promotion_that_is_still_under_way_is_not_called_undone(clients: Clients, tmp_path: Path) -> None:
    clients.promotion_takes = 40.0
    drilled(clients, tmp_path)
    clients.pass_time(60.0)
    assert clients.sources[US] == EU or clients.sources[EU] == US


def test_a_failback_that_died_before_the_writers_moved_moves_them(tmp_path: Path) -> None:
    world = World()
    world.sources.update({EU: None, US: EU})
    STEPS["promote the replica"].undo(FakeSite(world), {"region": EU, "primary": US}, timedelta(minutes=1))
    assert world.writers_point_at() == EU


def test_a_drill_that_is_aborted_heals_before_it_waits_for_its_children(clients: Clients, tmp_path: Path) -> None:
    def trip(event: Event) -> None:
        if event.data.get("phase") == "recovered":
            clients.alarms[(EU, "enough")] = "ALARM"

    drilled(clients, tmp_path, trip, stop_conditions=(StopCondition(alarm="enough", region=EU),))
    assert clients.calls.index(f"fis:Stop {US}") < clients.calls.index("children stopped")


def test_a_child_that_has_to_be_killed_does_not_hide_why_the_drill_was_aborted(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(event: Event) -> None:
        if event.data.get("phase") == "recovered":
            clients.alarms[(EU, "enough")] = "ALARM"

    monkeypatch.setattr(FakeChild, "stops_with", "locust did not stop within 10 s and was killed")
    ended = drilled(clients, tmp_path, trip, stop_conditions=(StopCondition(alarm="enough", region=EU),))
    assert isinstance(ended.error, Aborted)
    assert "stop condition enough tripped" in ended.because("aborted")[0]


def test_a_prober_that_dies_while_healing_is_not_called_not_healed(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(event: Event) -> None:
        if event.kind == "healing":
            monkeypatch.setattr(FakeChild, "dies_at", 0.0)

    ended = drilled(clients, tmp_path, die)
    assert ended.healed()
    assert not isinstance(ended.error, NotHealed)


def test_a_runbook_whose_step_failed_is_no_pass(clients: Clients, tmp_path: Path) -> None:
    step = StepSpec(step="set capacity", options={"region": EU, "instances": 4}, deadline=timedelta(minutes=1))
    clients.in_service[EU] = 2
    ended = drilled(clients, tmp_path, runbook=BOOK.__class__(name="b", starts_on=US, steps=(*BOOK.steps, step)))
    assert "set capacity failed" in ended.steps()
    assert ended.judged().verdict is not Verdict.PASS


def test_a_fault_that_expired_by_itself_is_in_the_journal(clients: Clients, tmp_path: Path) -> None:
    def expire(event: Event) -> None:
        if event.kind == "injected":
            clients.in_(4.0, lambda: clients.experiments["E1"].update(status="completed"))

    ended = drilled(clients, tmp_path, expire, runbook=None)
    assert "recovered" in ended.phases()
    assert [e.data["status"] for e in ended.events if e.kind == "experiment"] == ["completed"]


def test_an_alarm_that_rings_before_the_fault_does_not_start_the_runbook(clients: Clients, tmp_path: Path) -> None:
    alarm = clients.stack.regions[US].detection_alarm
    passed = clients.pass_time

    def ring(seconds: float) -> None:
        passed(seconds)
        clients.alarms[(US, alarm)] = "ALARM"

    clients.pass_time = ring  # type: ignore[method-assign]
    assert "injecting" not in drilled(clients, tmp_path).kinds


def test_a_stop_condition_that_nobody_can_see_is_not_hidden_by_another_region(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = clients.call

    def blind(name: str, *arguments: object) -> None:
        seen(name, *arguments)
        if name == "cloudwatch:Describe" and arguments == (EU,) and clients.hit_since:
            raise CallFailed(name, "Throttling", "not now")

    monkeypatch.setattr(clients, "call", blind)
    stop = StopCondition(alarm="enough", region=EU)
    ended = drilled(clients, tmp_path, stop_conditions=(stop,), recovered_for=timedelta(minutes=4))
    assert isinstance(ended.error, CallFailed)


def test_an_inventory_that_cannot_be_read_does_not_cost_the_run_its_verdict(clients: Clients, tmp_path: Path) -> None:
    def hide(event: Event) -> None:
        if event.kind == "failed back":
            clients.broken["autoscaling:Describe"] = "Throttling"

    assert drilled(clients, tmp_path, hide).error is None


def test_a_step_that_crashes_while_it_is_undone_does_not_keep_the_others(tmp_path: Path) -> None:
    class Crashing(RememberingStep):
        def undo(self, *_: Any) -> str:
            raise KeyError("gone")

    calls: list[str] = []
    journal = Journal(tmp_path / "journal.jsonl", Clock())
    for number, name in ((1, "crashing"), (2, "remember")):
        journal.record("step", number=number, step=name, state="taking", options={}, undo={"was": "before"})
    with (
        registered("crashing", Crashing(calls)),
        registered("remember", RememberingStep(calls)),
        pytest.raises((NotHealed, KeyError)),
    ):
        fail_back(None, journal)  # type: ignore[arg-type]
    journal.close()
    assert calls == ["undo before"]


def test_a_probe_that_found_nothing_to_ask_is_no_reading() -> None:
    world = World()
    world.sources = dict.fromkeys(world.sources)
    assert [r.met for r in ask_all(FakeSite(world), {"replication lag": 1.0})] == [False]  # type: ignore[arg-type]


# drill heal


def _died(results: Path, name: str, journal: str, **more: str) -> Path:
    folder = results / "a-drill" / name
    folder.mkdir(parents=True)
    save_json(folder / "plan.json", {"run": "a-run", "stack": World().stack.model_dump(mode="json")})
    (folder / "journal.jsonl").write_text(journal)
    for file, text in more.items():
        (folder / f"{file}.jsonl").write_text(text)
    return folder


def _line(seq: int, kind: str, **data: Any) -> str:
    return json.dumps({"seq": seq, "at": 0.0, "kind": kind, "data": data}) + "\n"


OPENED = _line(
    0, "opened", drill="d", environment="lab", time_scale=10, populations=[], probe_interval=0.05, monotonic_ns=0
)


@pytest.fixture
def healing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], tuple[int, World]]:
    """Runs `drill heal` in a world; gives its exit code."""

    def heal(results: Path) -> tuple[int, World]:
        world = World()
        monkeypatch.setattr("harness.commands.Site", lambda *_: FakeSite(world))
        try:
            return commands.heal((), results), world
        except HarnessError as error:
            return error.exit_code, world

    monkeypatch.setattr("harness.run.tempfile.gettempdir", lambda: str(tmp_path))
    return heal


def test_a_run_is_healed_though_its_records_cannot_be_read(
    healing: Callable[[Path], tuple[int, World]], tmp_path: Path
) -> None:
    folder = _died(tmp_path, "1", OPENED, probes="rubbish\n{}\n")
    assert healing(tmp_path)[0] == 0
    assert read_events(folder / "journal.jsonl")[-1].kind == "closed"


def test_a_journal_that_cannot_be_read_does_not_keep_other_runs_from_healing(
    healing: Callable[[Path], tuple[int, World]], tmp_path: Path
) -> None:
    _died(tmp_path, "1", OPENED + "rubbish\n" + OPENED)
    second = _died(tmp_path, "2", OPENED)
    healing(tmp_path)
    assert read_events(second / "journal.jsonl")[-1].kind == "closed"


def test_a_plan_that_cannot_be_read_does_not_keep_other_runs_from_healing(
    healing: Callable[[Path], tuple[int, World]], tmp_path: Path
) -> None:
    first = _died(tmp_path, "1", OPENED)
    save_json(first / "plan.json", {"run": "a-run", "stack": {}})
    second = _died(tmp_path, "2", OPENED)
    healing(tmp_path)
    assert read_events(second / "journal.jsonl")[-1].kind == "closed"


def test_a_drill_that_still_runs_is_not_healed_under_its_feet(
    healing: Callable[[Path], tuple[int, World]], tmp_path: Path
) -> None:
    folder = _died(tmp_path / "results", "1", OPENED + _line(1, "injecting", fault="x", templates=[{"region": US}]))
    with alone(FakeSite(World())):  # type: ignore[arg-type]
        code, _ = healing(tmp_path / "results")
    assert code == 3
    assert [e.kind for e in read_events(folder / "journal.jsonl")] == ["opened", "injecting"]
