"""Putting a fault in force and taking it away, over FIS."""

import pytest

from harness.errors import NotHealed, NotInjected
from harness.faults.injection import heal, inject, preview
from harness.faults.registry import FaultTemplate
from tests.test_aws_world import EU, US, FakeSite, World

CUT = FaultTemplate(region=US, template={"actions": {"cut": {}}, "targets": {"subnets": {}}})
THERE = FaultTemplate(region=EU, template={"actions": {"cut": {}}, "targets": {"subnets": {}}})


def statuses(world: World) -> list[str]:
    return [e["status"] for e in world.experiments.values()]


def test_one_experiment_runs_for_each_template() -> None:
    world = World()
    injection = inject(FakeSite(world), [CUT, THERE], "run")
    assert [(e.experiment_id, e.region) for e in injection.experiments] == [("E1", US), ("E2", EU)]
    assert len(injection.targets) == 2


def test_an_experiment_that_never_begins_is_not_injected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_aws_world.STARTED", {"status": "initiating", "reason": ""})
    with pytest.raises(NotInjected, match="experiment E1 runs: not within 120 s"):
        inject(FakeSite(World()), [CUT], "run")


def test_an_experiment_whose_actions_all_wait_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = {"status": "running", "reason": "", "actions": {"cut": "pending"}}
    monkeypatch.setattr("tests.test_aws_world.STARTED", waiting)
    with pytest.raises(NotInjected, match="not within 120 s"):
        inject(FakeSite(World()), [CUT], "run")


def test_an_experiment_half_of_which_waits_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    half = {"status": "running", "reason": "", "actions": {"cut": "running", "stop": "pending"}}
    monkeypatch.setattr("tests.test_aws_world.STARTED", half)
    with pytest.raises(NotInjected, match="not within 120 s"):
        inject(FakeSite(World()), [CUT], "run")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_experiment_that_fails_is_not_injected_and_says_why(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr("tests.test_aws_world.STARTED", {"status": status, "reason": "no permission"})
    with pytest.raises(NotInjected, match=f"experiment E1 in {US} {status}: no permission"):
        inject(FakeSite(World()), [CUT], "run")


def test_what_did_start_before_another_failed_is_healed_by_its_tag() -> None:
    world = World()
    site = FakeSite(world)
    inject(site, [CUT], "run")
    world.broken["fis:Start"] = "ServiceQuotaExceededException"
    with pytest.raises(NotInjected, match="ServiceQuotaExceededException"):
        inject(site, [THERE], "run")
    heal(site, [US, EU], "run")
    assert statuses(world) == ["stopped"]
    assert world.templates == {}


def test_a_preview_tells_the_targets_and_leaves_no_template() -> None:
    world = World()
    assert len(preview(FakeSite(world), [CUT, THERE], "run")) == 2
    assert world.templates == {}
    assert statuses(world) == ["completed", "completed"]


def test_a_preview_that_is_refused_leaves_no_template() -> None:
    world = World()
    world.broken["fis:Start"] = "ValidationException"
    with pytest.raises(NotInjected, match="ValidationException"):
        preview(FakeSite(world), [CUT], "run")
    assert world.templates == {}


def test_healing_stops_the_experiments_of_this_run_alone() -> None:
    world = World()
    site = FakeSite(world)
    inject(site, [CUT], "mine")
    inject(site, [CUT], "another")
    ended = heal(site, [US], "mine")
    assert [s.experiment_id for s in ended] == ["E1"]
    assert statuses(world) == ["stopped", "running"]
    assert [t["run"] for t in world.templates.values()] == ["another"]


def test_healing_what_is_over_already_only_clears_the_templates() -> None:
    world = World()
    site = FakeSite(world)
    inject(site, [CUT], "run")
    world.experiments["E1"]["status"] = "completed"
    assert heal(site, [US], "run") == ()
    assert world.templates == {}
    assert not any(c.startswith("fis:Stop") for c in world.calls)


def test_an_experiment_that_does_not_end_is_not_healed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    site = FakeSite(world)
    inject(site, [CUT], "run")
    monkeypatch.setattr("tests.test_aws_world.FakeFis.stop", lambda *_: None)
    with pytest.raises(NotHealed, match="experiment E1 ends: not within 300 s"):
        heal(site, [US], "run")
