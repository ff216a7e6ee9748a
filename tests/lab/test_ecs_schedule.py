"""What a service does next: where tasks go, how many are launched, which are stopped."""

from collections.abc import Iterable

import pytest
from pydantic import ValidationError

from harness.lab.ecs.cluster import DRAINING, Host
from harness.lab.ecs.schedule import DRAINED, SCALED_IN, View, launches, place, stops
from harness.lab.ecs.task import RUNNING, Task
from harness.lab.recipe import Recipe


def tasks(zones: str) -> list[Task]:
    """Tasks that run, named after their zones and numbers."""
    return [
        Task(id=f"{zone}{n}", arn=f"task/{zone}{n}", region="r", zone=zone, host=zone, tags={}, status=RUNNING)
        for n, zone in enumerate(zones)
    ]


def hosts(**statuses: str) -> list[Host]:
    return [Host(arn=zone, zone=zone, tags={}, status=status) for zone, status in statuses.items()]


def view(
    desired: int,
    zones: str,
    *,
    healthy: Iterable[str] | None = None,
    failing: Iterable[str] = (),
    draining: Iterable[str] = (),
) -> View:
    every = tasks(zones)
    well = {t.id for t in every} - set(failing) if healthy is None else set(healthy)
    return View(
        desired=desired,
        tasks=every,
        healthy=well,
        failing={id: f"{id} fails" for id in failing},
        draining=set(draining),
    )


def stopped(seen: View) -> list[tuple[str, str]]:
    return [(task.id, stop.reason) for task, stop in stops(seen)]


@pytest.mark.parametrize(("seen", "count"), [
    (view(2, "ab"), 0),
    (view(2, ""), 2),
    (view(2, "abc"), 0),
    (view(2, "ab", failing=["a0"]), 1),
    (view(2, "ab", failing=["a0", "b1"]), 2),
    (view(2, "abc", failing=["a0", "b1", "c2"]), 1),
    (view(2, "abca", failing=["a0", "b1", "c2", "a3"]), 0),
    (view(2, "ab", draining="b"), 1),
    (view(1, "a", failing=["a0"]), 1),
    (view(0, ""), 0),
])  # fmt: skip
def test_what_is_missing_or_leaves_is_launched_up_to_twice_the_desired_count(seen: View, count: int) -> None:
    assert launches(seen) == count


def test_nothing_is_stopped_while_all_is_well() -> None:
    assert stopped(view(3, "abc")) == []


def test_the_youngest_of_the_fullest_zone_goes_when_a_service_shrinks() -> None:
    assert stopped(view(2, "abca")) == [("a3", SCALED_IN), ("c2", SCALED_IN)]


def test_one_that_does_not_serve_yet_goes_before_one_that_does() -> None:
    assert stopped(view(1, "ab", healthy=["b1"])) == [("a0", SCALED_IN)]


def test_one_that_fails_stays_until_another_is_healthy_in_its_place() -> None:
    assert stopped(view(2, "ab", failing=["a0"])) == []
    assert stopped(view(2, "abc", failing=["a0"], healthy=["b1"])) == []
    assert stopped(view(2, "abc", failing=["a0"])) == [("a0", "a0 fails")]


def test_replacements_that_fail_too_go_and_the_eldest_stay() -> None:
    assert stopped(view(2, "abca", failing=["a0", "b1", "c2", "a3"])) == [("c2", "c2 fails"), ("a3", "a3 fails")]


def test_one_on_a_draining_container_instance_goes_as_soon_as_enough_others_are_healthy() -> None:
    assert stopped(view(2, "ab", draining="b")) == []
    assert stopped(view(2, "aba", draining="b")) == [("b1", DRAINED)]
    assert stopped(view(2, "abbc", draining="b", healthy=["a0", "b1", "b2"])) == [("b1", DRAINED)]
    assert stopped(view(2, "ab", draining="b", healthy=["a0"])) == [("b1", DRAINED)]


def test_all_go_when_none_is_desired() -> None:
    assert {id for id, _ in stopped(view(0, "abc", failing=["a0"], draining="b"))} == {"a0", "b1", "c2"}


@pytest.mark.parametrize(("taken", "zone"), [("", "a"), ("a", "b"), ("ab", "c"), ("abc", "a"), ("aabbc", "c")])
def test_a_task_goes_to_the_container_instance_with_the_fewest(taken: str, zone: str) -> None:
    found = place(hosts(a="ACTIVE", b="ACTIVE", c="ACTIVE"), tasks(taken))
    assert found is not None
    assert found.zone == zone


def test_among_equals_it_is_the_one_that_was_chosen_longest_ago() -> None:
    a, b, c = hosts(a="ACTIVE", b="ACTIVE", c="ACTIVE")
    a.turn, b.turn, c.turn = 3, 1, 2
    assert place([a, b, c], []) is b


def test_nothing_is_placed_on_container_instances_that_drain() -> None:
    some = hosts(a=DRAINING, b="ACTIVE")
    assert place(some, tasks("b")) is some[1]
    assert place(hosts(a=DRAINING), []) is None


@pytest.mark.parametrize(("instances", "per_region"), [(2, 2), (0, 0)])
def test_the_storefront_runs_on_instances_or_on_tasks(instances: int, per_region: int) -> None:
    with pytest.raises(ValidationError, match="either on instances or on tasks"):
        Recipe(instances_per_region=instances, tasks_per_region=per_region)
