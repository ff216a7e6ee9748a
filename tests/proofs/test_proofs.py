"""What shows that a fault took hold: what each proof reads, and what it takes for an effect."""

import pytest

from harness.aws.scaling import Activity
from harness.proofs.answer_time import answer_time, longer
from harness.proofs.cluster_writer import cluster_writer
from harness.proofs.database_zone import database_zone
from harness.proofs.failed_launches import failed_launches
from harness.proofs.healthy_targets import healthy_targets
from harness.proofs.instances_running import instances_running
from harness.proofs.region_answers import region_answers
from harness.proofs.registry import PROOFS, Figure, Where, another, fewer
from harness.proofs.replication import replication
from harness.proofs.serving_targets import serving_targets
from harness.proofs.slowest_answer import much_longer, slowest_answer
from tests.test_aws_world import BEGAN, EU, US, FakeSite, World

HERE = Where(region=US)


def hit(world: World, region: str = US) -> World:
    """A world in which an experiment runs."""
    world.experiments["E1"] = {"region": region, "status": "running", "run": "a", "actions": {}, "reason": ""}
    return world


@pytest.mark.parametrize(
    ("read", "before", "now"),
    [
        (instances_running, 2.0, 0.0),
        (region_answers, "answers", "does not answer"),
        (answer_time, 4.0, None),
        (cluster_writer, "writer-a", "writer-b"),
        (slowest_answer, 4.0, None),
    ],
)  # fmt: skip
def test_each_proof_reads_another_figure_where_the_fault_is_in_force(read: object, before: Figure, now: Figure) -> None:
    (proof,) = [each for each in PROOFS.values() if each.read is read]
    assert proof.read(FakeSite(World()), HERE) == before
    assert proof.read(FakeSite(hit(World())), HERE) == now
    assert proof.read(FakeSite(hit(World(), EU)), HERE) == before, "the fault is in another region"
    assert proof.shows(before, now)


def test_the_instances_of_one_zone_are_counted_alone() -> None:
    assert instances_running(FakeSite(World()), Where(region=US, zone=f"{US}b")) == 1.0
    assert instances_running(FakeSite(World()), Where(region=US, zone=f"{US}c")) == 0.0


def test_targets_are_counted_and_named_when_they_are_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {"i-2": "healthy", "i-1": "healthy", "i-3": "draining"}
    monkeypatch.setattr("tests.test_aws_world.FakeElbv2.target_health", lambda *_: states)
    site = FakeSite(World())
    assert (healthy_targets(site, HERE), serving_targets(site, HERE)) == (2.0, "i-1, i-2")
    states.clear()
    assert (healthy_targets(site, HERE), serving_targets(site, HERE)) == (0.0, "none")


def test_a_replica_follows_when_it_replicates_with_a_small_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    site = FakeSite(World())
    lags: list[float | None] = [0.1, 0.2]
    monkeypatch.setattr("tests.test_aws_world.FakeCloudWatch.latest", lambda *_: lags.pop(0))
    assert replication(site, HERE) == 2.0
    lags[:] = [31.0, None]
    assert replication(site, HERE) == 0.0


def test_the_zone_of_a_database_is_that_of_its_instance() -> None:
    assert database_zone(FakeSite(World()), HERE) == FakeSite(World()).rds(US).instance(f"storefront-{US}").zone  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("before", "now", "shows"),
    [
        (2.0, 1.0, True),
        (2.0, 2.0, False),
        (2.0, 3.0, False),
        (2.0, None, True),
        (None, None, False),
        (None, 1.0, False),
    ],
)
def test_fewer_is_fewer_than_before(before: Figure, now: Figure, shows: bool) -> None:
    assert fewer(before, now) is shows


@pytest.mark.parametrize(
    ("before", "now", "shows"), [("a", "b", True), ("a", "a", False), (None, "b", False), ("a", None, False)]
)
def test_another_is_another_than_before(before: Figure, now: Figure, shows: bool) -> None:
    assert another(before, now) is shows


@pytest.mark.parametrize(
    ("before", "now", "usual", "much"),
    [
        (10.0, 19.0, False, False), (10.0, 21.0, True, False), (10.0, 129.0, True, False), (10.0, 131.0, True, True),
        (10.0, None, True, True), (None, 500.0, False, False),
    ],
)  # fmt: skip
def test_an_answer_is_longer_only_well_beyond_what_it_was(before: Figure, now: Figure, usual: bool, much: bool) -> None:
    assert (longer(before, now), much_longer(before, now)) == (usual, much)


@pytest.mark.parametrize(
    ("before", "now", "shows"),
    [("answers", "does not answer", True), ("does not answer", "answers", False), ("answers", "answers", False)],
)
def test_a_region_that_answers_again_shows_no_fault(before: Figure, now: Figure, shows: bool) -> None:
    assert PROOFS["region answers"].shows(before, now) is shows


@pytest.mark.parametrize(
    ("before", "now", "shows"),
    [
        ("a, b", "a, b", False), ("a, b", "a, c", True), ("a, b", "none", True),
        ("a", "a, b", False), ("none", "a", False), (None, "a", False), ("a", None, False),
    ],
)  # fmt: skip
def test_a_target_that_joins_the_others_shows_no_fault(before: Figure, now: Figure, shows: bool) -> None:
    assert PROOFS["serving targets"].shows(before, now) is shows


def test_a_launch_that_failed_shows_a_want_of_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Activity] = []
    monkeypatch.setattr("tests.test_aws_world.FakeAutoScaling.activities", lambda *_: tuple(found))
    site = FakeSite(World())
    for status in ("Successful", "InProgress"):
        found.append(Activity(id=status, description="", cause="", status=status, started=BEGAN, ended=None))
    before = failed_launches(site, HERE)
    found.append(Activity(id="3", description="", cause="", status="Failed", started=BEGAN, ended=BEGAN))
    shows = PROOFS["failed launches"].shows
    assert (before, failed_launches(site, HERE)) == (0.0, 1.0)
    assert shows(0.0, 1.0)
    assert not shows(1.0, 1.0) and not shows(None, 1.0) and not shows(1.0, None)


def test_figures_are_told_with_their_units() -> None:
    assert PROOFS["instances running"].words(2.0) == "2 running"
    assert PROOFS["region answers"].words("answers") == "answers"
    assert PROOFS["answer time"].words(None) == "no answer"
