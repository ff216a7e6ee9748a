"""Runbook steps: what each reads before it acts, what it does, how long it tries, and that it can be taken back."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

import harness.failover.kinds  # noqa: F401  fills the registry of steps
from harness.errors import CallFailed, StepFailed
from harness.failover.registry import STEPS
from harness.stack.descriptor import Stack
from tests.experiments import STACK
from tests.test_aws_world import AP, ENTRY, EU, US, FakeSite, World

MINUTE = timedelta(minutes=1)
DNS = {"from": US, "to": EU}
READING = ("Describe", "Alias", "List", "TargetHealth", "Get")
OPTIONS: dict[str, dict[str, Any]] = {
    "do nothing": {},
    "point Route 53": DNS,
    "promote the replica": {"region": EU},
    "set capacity": {"region": EU, "instances": 4},
    "verify": {"region": EU},
}


def prepared(site: FakeSite, step: str, **options: Any) -> Mapping[str, Any]:
    """The undo as it comes back from the journal."""
    return json.loads(json.dumps(STEPS[step].prepare(site, {**OPTIONS[step], **options})))


def take(site: FakeSite, step: str, within: timedelta = MINUTE, **options: Any) -> str:
    return STEPS[step].take(site, {**OPTIONS[step], **options}, within)


def undo(site: FakeSite, step: str, remembered: Mapping[str, Any], within: timedelta = MINUTE) -> str:
    return STEPS[step].undo(site, remembered, within)


def changes(world: World) -> list[str]:
    return [c for c in world.calls if not c.split(" ")[0].endswith(READING)]


def test_every_kind_of_step_is_tried_here() -> None:
    assert set(OPTIONS) == set(STEPS)


@pytest.mark.parametrize("step", OPTIONS)
def test_preparing_changes_nothing(step: str) -> None:
    world = World()
    prepared(FakeSite(world), step)
    assert changes(world) == []


@pytest.mark.parametrize("step", [s for s in OPTIONS if s != "verify"])
def test_undoing_a_step_that_was_announced_and_never_taken_leaves_the_stack_as_it_was(step: str) -> None:
    world, before = World(), World()
    undo(FakeSite(world), step, prepared(FakeSite(world), step))
    assert (world.sources, world.records, world.capacity) == (before.sources, before.records, before.capacity)


@pytest.mark.parametrize("step", ["do nothing", "point Route 53", "promote the replica", "set capacity"])
def test_undoing_twice_is_harmless(step: str) -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, step)
    take(site, step)
    undo(site, step, remembered)
    once = (dict(world.sources), sorted(map(str, world.records)), dict(world.capacity))
    undo(site, step, remembered)
    assert (dict(world.sources), sorted(map(str, world.records)), dict(world.capacity)) == once


@pytest.mark.parametrize("step", [s for s in OPTIONS if OPTIONS[s]])
def test_an_unknown_region_is_a_problem_of_each_step(step: str) -> None:
    options = {name: "mars-1" if name != "instances" else 4 for name in OPTIONS[step]}
    assert any("'mars-1' is no region of storefront" in p for p in STEPS[step].problems(STACK, options))


@pytest.mark.parametrize("step", OPTIONS)
def test_options_that_fit_are_no_problem(step: str) -> None:
    assert STEPS[step].problems(STACK, OPTIONS[step]) == []


# point Route 53


def record_of(world: World, region: str) -> dict[str, Any]:
    return next(r for r in world.records if r.get("SetIdentifier") == region)


def test_the_record_of_the_lost_region_answers_with_the_other_one_and_its_health_check() -> None:
    world = World()
    said = take(FakeSite(world), "point Route 53")
    moved = record_of(world, US)
    assert moved["AliasTarget"] == {
        "HostedZoneId": f"Z-{EU}", "DNSName": f"lb-{EU}.elb", "EvaluateTargetHealth": True,
    }  # fmt: skip
    assert moved["HealthCheckId"] == f"check-{EU}"
    assert said == f"1 record(s) of {ENTRY} moved from {US} to {EU}"


def test_the_records_of_other_regions_stay_as_they_are() -> None:
    world, before = World(), World()
    take(FakeSite(world), "point Route 53")
    assert [record_of(world, r) for r in (EU, AP)] == [record_of(before, r) for r in (EU, AP)]


def test_pointing_dns_again_finds_nothing_to_move() -> None:
    world = World()
    take(FakeSite(world), "point Route 53")
    assert "0 record(s)" in take(FakeSite(world), "point Route 53")
    assert changes(world) == ["route53:Change 1"]


def test_dns_is_put_back_to_the_very_records_of_before() -> None:
    world, before = World(), World()
    site = FakeSite(world)
    remembered = prepared(site, "point Route 53")
    take(site, "point Route 53")
    assert "1 record(s)" in undo(site, "point Route 53", remembered)
    assert record_of(world, US) == record_of(before, US)


def test_dns_that_does_not_stay_put_back_is_not_undone() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "point Route 53")
    take(site, "point Route 53")
    site.route53.change = lambda *_: None
    with pytest.raises(StepFailed, match=f"the records of {ENTRY} are not as they were"):
        undo(site, "point Route 53", remembered)


def test_dns_that_does_not_move_misses_its_deadline() -> None:
    world = World()
    site = FakeSite(world)
    site.route53.change = lambda *_: None
    with pytest.raises(StepFailed, match=f"no record points at {US}: not within 60 s"):
        take(site, "point Route 53")


def test_pointing_a_region_at_itself_is_refused() -> None:
    wrong = STEPS["point Route 53"].problems(STACK, {"from": US, "to": US})
    assert wrong == [f"point Route 53: from and to are both {US}"]


# promote the replica


def test_a_promotion_moves_the_writers_and_keeps_the_ttl_of_their_record() -> None:
    world = World()
    said = take(FakeSite(world), "promote the replica")
    assert world.sources[EU] is None
    assert world.writers_point_at() == EU
    assert next(r for r in world.records if r["Type"] == "CNAME")["TTL"] == 20
    assert said == f"storefront-{EU} is the primary and db.storefront.test points at it"


def test_writers_move_only_once_the_promotion_is_over() -> None:
    world = World()
    world.promotion_takes = 3.0
    site = FakeSite(world)
    seen: list[tuple[str, str]] = []
    site.tick = lambda: seen.append((world.statuses[EU], world.writers_point_at()))
    take(site, "promote the replica")
    assert ("modifying", US) in seen
    assert ("modifying", EU) not in seen


def test_a_promotion_that_takes_longer_than_its_deadline_fails_and_leaves_the_writers() -> None:
    world = World()
    world.promotion_takes = 7.0
    with pytest.raises(StepFailed, match=f"storefront-{EU} is a primary: not within 60 s"):
        take(FakeSite(world), "promote the replica")
    assert world.writers_point_at() == US


def test_a_region_that_is_a_primary_already_is_not_promoted_again() -> None:
    world = World()
    world.sources[EU] = None
    take(FakeSite(world), "promote the replica")
    assert changes(world) == ["route53:Change 1"]


def test_a_region_whose_database_is_gone_cannot_be_promoted() -> None:
    world = World()
    del world.sources[EU]
    with pytest.raises(StepFailed, match=f"{EU} has no database instance"):
        take(FakeSite(world), "promote the replica")


def test_the_old_primary_rejoins_as_a_replica_of_the_new_one() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "promote the replica")
    take(site, "promote the replica")
    said = undo(site, "promote the replica", remembered)
    assert said == f"storefront-{US} follows storefront-{EU} as a replica"
    assert changes(world)[-2:] == [f"rds:Delete {US}", f"rds:CreateReplica {US} of {EU}"]
    assert world.writers_point_at() == EU


def test_a_failback_that_died_between_delete_and_create_is_finished() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "promote the replica")
    take(site, "promote the replica")
    del world.sources[US]
    undo(site, "promote the replica", remembered)
    assert world.sources[US] == EU


def test_an_old_primary_that_follows_already_is_not_rebuilt() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "promote the replica")
    take(site, "promote the replica")
    world.sources[US] = EU
    assert "already follows" in undo(site, "promote the replica", remembered)
    assert f"rds:Delete {US}" not in world.calls


def test_an_old_primary_that_cannot_be_deleted_is_an_error_and_the_replica_is_not_created() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "promote the replica")
    take(site, "promote the replica")
    world.broken["rds:Delete"] = "InvalidDBInstanceState"
    with pytest.raises(CallFailed, match="InvalidDBInstanceState"):
        undo(site, "promote the replica", remembered)
    assert not any("CreateReplica" in c for c in world.calls)


def test_a_stack_without_a_database_has_nobody_to_promote() -> None:
    bare = Stack.model_validate({**STACK.model_dump(mode="json"), "database": None})
    assert STEPS["promote the replica"].problems(bare, {"region": EU}) == [
        "promote the replica: stack storefront has no database"
    ]


def test_a_region_without_an_instance_cannot_be_promoted() -> None:
    content = STACK.model_dump(mode="json")
    del content["database"]["instances"][AP]
    wrong = STEPS["promote the replica"].problems(Stack.model_validate(content), {"region": AP})
    assert wrong == [f"promote the replica: {AP} has no database instance"]


# set capacity


def test_capacity_is_asked_for_and_waited_for() -> None:
    world = World()
    world.in_service[EU] = 2
    world.in_(3.0, lambda: world.in_service.update({EU: 4}))
    assert take(FakeSite(world), "set capacity") == f"4 healthy instances in {EU}"
    assert world.clock.at() >= 3.0


def test_capacity_that_does_not_come_misses_its_deadline() -> None:
    world = World()
    world.in_service[EU] = 3
    with pytest.raises(StepFailed, match=f"4 healthy instances in {EU}: not within 60 s"):
        take(FakeSite(world), "set capacity")


def test_the_capacity_of_before_is_asked_for_again() -> None:
    world = World()
    site = FakeSite(world)
    remembered = prepared(site, "set capacity")
    take(site, "set capacity")
    undo(site, "set capacity", remembered)
    assert changes(world) == [f"autoscaling:SetDesired {EU} 4", f"autoscaling:SetDesired {EU} 2"]


def test_a_group_that_is_not_there_fails_before_anything_is_announced() -> None:
    world = World()
    del world.capacity[EU]
    with pytest.raises(StepFailed, match=f"{EU} has no Auto Scaling group storefront-{EU}"):
        prepared(FakeSite(world), "set capacity")


@pytest.mark.parametrize("instances", [0, -1, "four", 2.5])
def test_a_capacity_that_is_no_number_of_instances_is_refused(instances: object) -> None:
    (problem,) = STEPS["set capacity"].problems(STACK, {"region": EU, "instances": instances})
    assert "a whole number of at least 1" in problem
    assert repr(instances) in problem


def test_a_region_without_a_group_in_the_descriptor_is_refused() -> None:
    content = STACK.model_dump(mode="json")
    content["regions"][EU]["auto_scaling_group"] = ""
    (problem,) = STEPS["set capacity"].problems(Stack.model_validate(content), OPTIONS["set capacity"])
    assert problem == f"set capacity: {EU} has no auto_scaling_group and no ecs_service"


# verify


def served(monkeypatch: pytest.MonkeyPatch, read: int, write: int) -> list[tuple[str, str]]:
    """The region answers with these statuses; gives what was asked of it."""
    asked: list[tuple[str, str]] = []

    class Answer:
        def __init__(self, status: int) -> None:
            self.ok = status < 400

    def get(url: str, **more: Any) -> Answer:
        asked.append((url, more["headers"]["Host"]))
        return Answer(read)

    def post(url: str, **more: Any) -> Answer:
        asked.append((url, more["headers"]["Host"]))
        return Answer(write)

    monkeypatch.setattr("requests.get", get)
    monkeypatch.setattr("requests.post", post)
    return asked


def test_verifying_reads_and_places_an_order_at_the_regions_own_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = served(monkeypatch, 200, 201)
    assert take(FakeSite(World()), "verify") == f"{EU} reads and takes orders"
    assert asked == [("http://127.0.0.1:28080/catalogue", ENTRY), ("http://127.0.0.1:28080/orders", ENTRY)]


@pytest.mark.parametrize(("read", "write"), [(503, 201), (200, 503)])
def test_a_region_that_only_reads_or_only_writes_is_not_verified(
    monkeypatch: pytest.MonkeyPatch, read: int, write: int
) -> None:
    served(monkeypatch, read, write)
    with pytest.raises(StepFailed, match=f"{EU} reads and takes orders: not within 60 s"):
        take(FakeSite(World()), "verify")
