"""The watch on alarms: what it writes down about when an alarm moved."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.aws.cloudwatch import AlarmState
from harness.aws.site import Site
from harness.errors import CallFailed
from harness.journal import Journal
from harness.model.experiment import StopCondition
from harness.plan import Plan, compile_faults
from harness.watch import AlarmWatch
from tests.experiments import STACK, an_experiment


@dataclass(slots=True)
class World:
    """A site whose clock stands still unless it is told to go on; an alarm is asked in `takes` seconds."""

    now: float = 0.0
    takes: float = 0.0
    state: str = "OK"
    dead: bool = False
    clock: Any = field(init=False)

    def __post_init__(self) -> None:
        self.clock = SimpleNamespace(at=lambda: self.now)

    def cloudwatch(self, region: str) -> Any:
        return SimpleNamespace(alarms=lambda names: self._alarms(region, names))

    def _alarms(self, region: str, names: Sequence[str]) -> tuple[AlarmState, ...]:
        self.now += self.takes
        if self.dead:
            raise CallFailed("cloudwatch:DescribeAlarms", "Timeout", "no answer")
        return tuple(
            AlarmState(name=n, arn=n, region=region, state=self.state, updated=datetime.now(UTC), reason="")
            for n in names
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def watch(world: World, tmp_path: Path) -> Iterator[AlarmWatch]:
    with watching(world, tmp_path) as made:
        yield made


@contextmanager
def watching(world: World, folder: Path, **changes: Any) -> Iterator[AlarmWatch]:
    experiment = an_experiment(**changes)
    plan = Plan(
        run="r",
        experiment=experiment,
        stack=STACK,
        templates=compile_faults(experiment, STACK),
        targets=(),
        pinned=(),
        identity={},
        versions={},
    )
    journal = Journal(folder / "journal.jsonl", world.clock)
    try:
        yield AlarmWatch(plan, cast(Site, world), journal)
    finally:
        journal.close()


def moves(watch: AlarmWatch) -> list[tuple[float, str, float]]:
    return [(e.at, e.data["state"], e.data["poll_interval"]) for e in watch._journal.events]


def look(watch: AlarmWatch, world: World, at: float) -> None:
    world.now = at
    watch.look()


def test_an_alarm_may_have_moved_at_any_time_since_it_was_asked_before(watch: AlarmWatch, world: World) -> None:
    look(watch, world, 1.0)
    look(watch, world, 1.5)
    world.state = "ALARM"
    look(watch, world, 1.9)
    assert moves(watch)[1:] == [(1.9, "ALARM", 0.4)]


def test_the_time_that_the_answers_take_counts(watch: AlarmWatch, world: World) -> None:
    world.takes = 0.3
    look(watch, world, 1.0)
    world.state = "ALARM"
    look(watch, world, 2.0)
    assert moves(watch)[1:] == [(2.3, "ALARM", 1.3)]


def test_a_call_that_fails_asked_nothing(watch: AlarmWatch, world: World) -> None:
    look(watch, world, 1.0)
    world.dead = True
    look(watch, world, 2.0)
    world.dead, world.state = False, "ALARM"
    look(watch, world, 3.0)
    assert moves(watch)[1:] == [(3.0, "ALARM", 2.0)]


def test_a_drill_of_load_alone_stops_on_its_alarm(world: World, tmp_path: Path) -> None:
    """No experiment of FIS watches it there: if the harness does not, nobody does."""
    stop = StopCondition(alarm="errors", region="us-east-1")
    with watching(world, tmp_path, faults=(), stop_conditions=(stop,)) as watch:
        assert watch.look() is None
        world.now, world.state = 5.0, "ALARM"
        assert watch.look() == "errors"
