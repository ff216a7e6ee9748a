"""The watch on capacity: what it writes down while a drill runs, and what it reads afterwards."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.aws.cloudwatch import AlarmRule, Metric
from harness.aws.scaling import Activity, ScalingPolicy
from harness.aws.site import Site
from harness.capacity_watch import CapacityWatch
from harness.errors import CallFailed
from harness.journal import Journal
from harness.model.experiment import LoadProfile
from harness.model.fleet import Fleet
from harness.model.history import Event
from harness.model.verdict import Bound, Criterion, Relation
from harness.plan import Plan
from harness.stack.descriptor import Stack
from harness.store import METRICS, load_history
from tests.experiments import STACK as PLAIN
from tests.experiments import an_experiment

US, EU, AP = PLAIN.regions


def _with_balancer(stack: Stack) -> Stack:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
    named = {"load_balancer": f"{arn}:loadbalancer/app/shop/1f", "target_group": f"{arn}:targetgroup/shop/2f"}
    return stack.model_copy(update={"regions": {n: r.model_copy(update=named) for n, r in stack.regions.items()}})


STACK = _with_balancer(PLAIN)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
PROFILE = LoadProfile(rate=30.0, points=((0.0, 30.0), (60.0, 300.0)))


def rule(name: str, *, above: bool = True) -> AlarmRule:
    metric = Metric(namespace="N", name="M", statistic="Sum", period=20, dimensions={"TargetGroup": "tg"})
    return AlarmRule(
        name=name, above=above, threshold=1000.0, metric=metric, datapoints_to_alarm=2, evaluation_periods=3
    )


@dataclass(slots=True)
class World:
    """A site whose clock stands still unless it is told to go on; every call takes `takes` seconds."""

    now: float = 0.0
    takes: float = 0.0
    fleets: dict[str, Fleet | None] = field(default_factory=lambda: dict.fromkeys(STACK.regions, TWO))
    healthy: int = 2
    broken: set[str] = field(default_factory=set)
    policies: tuple[ScalingPolicy, ...] = ()
    rules: tuple[AlarmRule, ...] = ()
    activities: tuple[Activity, ...] = ()
    asked: list[str] = field(default_factory=list)
    wanted: list[Metric] = field(default_factory=list)
    clock: Any = field(init=False)
    stack: Any = STACK

    def __post_init__(self) -> None:
        self.clock = SimpleNamespace(at=lambda: self.now)

    def autoscaling(self, region: str) -> Any:
        return SimpleNamespace(
            fleet=lambda group: self._call(f"fleet {region}", self.fleets[region]),
            policies=lambda group: self._call(f"policies {region}", self.policies),
            activities=lambda group, since: self._call(f"activities {region}", self.activities),
        )

    def elbv2(self, region: str) -> Any:
        targets = {f"i-{n}": "healthy" if n < self.healthy else "draining" for n in range(4)}
        return SimpleNamespace(target_health=lambda group: self._call(f"health {region}", targets))

    def cloudwatch(self, region: str) -> Any:
        return SimpleNamespace(
            rules=lambda names: self._call(f"rules {region}", tuple(r for r in self.rules if r.name in names)),
            points=lambda metrics, since, until: self._points(region, metrics, since),
        )

    def _points(self, region: str, metrics: Sequence[Metric], since: datetime) -> Any:
        self.wanted[:] = metrics
        return self._call(f"points {region}", tuple(((since + timedelta(seconds=2), 7.0),) for _ in metrics))

    def _call(self, name: str, answer: Any) -> Any:
        self.now += self.takes
        self.asked.append(name)
        if name in self.broken:
            raise CallFailed(name, "Throttling", "slower")
        return answer


TWO = Fleet(desired=2, in_service=2, instances={"i-0": "InService", "i-1": "InService"})
MORE = Fleet(desired=4, in_service=2, pending=2)
Watched = tuple[CapacityWatch, World, Journal]
Made = Callable[..., Watched]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    journals: list[Journal] = []

    def make(load: LoadProfile | None = PROFILE, criteria: tuple[Criterion, ...] = (), **world: Any) -> Watched:
        about = an_experiment(load=load, **({"criteria": criteria} if criteria else {}))
        stack = world.pop("stack", STACK)
        plan = Plan(
            run="r", experiment=about, stack=stack, templates=(), targets=(), pinned=(), identity={}, versions={}
        )
        site = World(**world)
        site.stack = stack
        journal = Journal(tmp_path / "journal.jsonl", site.clock)
        journals.append(journal)
        facts = {"drill": "d", "environment": "lab", "time_scale": 10.0, "populations": [], "probe_interval": 0.05}
        journal.record("opened", at=0.5, wall=NOON.isoformat(), monotonic_ns=0, **facts)
        return CapacityWatch(plan, cast(Site, site), journal), site, journal

    yield make
    for each in journals:
        each.close()


def seen(journal: Journal, region: str = US) -> list[Event]:
    return [e for e in journal.events if e.kind == "capacity" and e.data["region"] == region]


def look(watched: Watched, *moments: float) -> None:
    """Look as often as groups are due at these moments."""
    watch, world, _ = watched
    for at in moments:
        world.now = max(world.now, at)
        for _ in STACK.regions:
            watch.look()


# when it watches


def test_a_drill_without_a_profile_is_not_watched(made: Made) -> None:
    watched = made(load=LoadProfile(rate=30.0))
    assert watched[0].begin() == {}
    look(watched, 1.0, 2.0)
    watched[0].conclude(0, 1, Path("/nowhere"))
    assert watched[1].asked == []


def test_a_drill_that_judges_capacity_is_watched(made: Made) -> None:
    bound = Bound(relation=Relation.AT_MOST, value=4, unit="instances")
    watched = made(load=None, criteria=(Criterion(measure="most instances", bound=bound),))
    look(watched, 1.0)
    assert seen(watched[2])


def test_a_stack_without_groups_is_asked_nothing(made: Made) -> None:
    bare = {name: region.model_copy(update={"auto_scaling_group": ""}) for name, region in STACK.regions.items()}
    watched = made(stack=STACK.model_copy(update={"regions": bare}))
    assert watched[0].begin() == {}
    look(watched, 1.0)
    assert watched[1].asked == []


# what it sees


def test_the_first_look_writes_down_what_there_is(made: Made) -> None:
    watched = made()
    look(watched, 1.0)
    (first,) = seen(watched[2])
    expected = {"region": US, "group": STACK.regions[US].auto_scaling_group, "desired": 2, "in_service": 2}
    expected |= {"pending": 0, "warmed": 0, "terminating": 0, "healthy": 2, "poll_interval": 0.0}
    assert first.data == {**expected, "instances": {"i-0": "InService", "i-1": "InService"}}


def test_what_stays_is_written_down_once(made: Made) -> None:
    watched = made()
    look(watched, 1.0, 2.0, 3.0)
    assert len(seen(watched[2])) == 1


def test_a_change_may_have_come_at_any_time_since_it_was_asked_before(made: Made) -> None:
    watched = made()
    look(watched, 1.0, 2.0)
    watched[1].fleets[US] = MORE
    look(watched, 2.5)
    assert [(e.at, e.data["desired"], e.data["pending"], e.data["poll_interval"]) for e in seen(watched[2])[1:]] == [
        (2.5, 4, 2, 0.5)
    ]


def test_the_time_that_answers_take_counts(made: Made) -> None:
    watched = made(takes=0.1)
    watch, world, journal = watched
    watch.look()
    world.now, world.fleets[US] = 1.0, MORE
    watch.look()
    watch.look()
    watch.look()
    changed = next(e for e in seen(journal) if e.data["desired"] == 4)
    assert changed.data["poll_interval"] == pytest.approx(changed.at - 0.0)


def test_targets_that_become_healthy_are_a_change(made: Made) -> None:
    watched = made()
    look(watched, 1.0)
    watched[1].healthy = 3
    look(watched, 2.0)
    assert [e.data["healthy"] for e in seen(watched[2])] == [2, 3]


def test_one_look_asks_one_group(made: Made) -> None:
    watch, world, _ = made()
    watch.look()
    assert world.asked == [f"fleet {US}", f"health {US}"]
    watch.look()
    assert world.asked[2:] == [f"fleet {EU}", f"health {EU}"]


def test_a_group_is_asked_four_times_a_second(made: Made) -> None:
    watched = made()
    look(watched, 1.0, 1.2, 1.24, 1.25)
    assert watched[1].asked.count(f"fleet {US}") == 2


def test_a_call_that_fails_is_no_reading_and_slows_the_looks_at_that_group(made: Made) -> None:
    watched = made()
    look(watched, 1.0)
    watched[1].broken = {f"health {US}"}
    watched[1].fleets[US] = MORE
    look(watched, 2.0, 2.25, 2.5, 2.75)
    assert len(seen(watched[2])) == 1
    assert watched[1].asked.count(f"fleet {US}") == 3
    assert watched[1].asked.count(f"fleet {EU}") == 5


def test_after_answers_it_looks_as_often_as_before(made: Made) -> None:
    watched = made(broken={f"fleet {US}"})
    look(watched, 1.0, 3.0, 9.0)
    watched[1].broken = set()
    look(watched, *(20.0 + n for n in range(20)))
    asked = watched[1].asked.count(f"fleet {US}")
    look(watched, 50.0, 50.25, 50.5)
    assert watched[1].asked.count(f"fleet {US}") == asked + 3


def test_a_group_that_is_gone_is_no_reading(made: Made) -> None:
    watched = made(fleets={US: None, EU: TWO, AP: TWO})
    look(watched, 1.0)
    assert seen(watched[2]) == [] and len(seen(watched[2], EU)) == 1


# what scales it

TRACKING = ScalingPolicy(name="track", alarms=("high", "low"))


def test_alarms_of_target_tracking_add_capacity_where_they_ring_above(made: Made) -> None:
    watch, _, _ = made(policies=(TRACKING,), rules=(rule("high"), rule("low", above=False)))
    assert watch.begin()[US] == {"high": "out", "low": "in"}


@pytest.mark.parametrize(("adds", "way"), [(True, "out"), (False, "in")])
def test_alarms_of_other_policies_do_what_their_adjustment_does(made: Made, adds: bool, way: str) -> None:
    policy = ScalingPolicy(name="step", alarms=("one",), adds=adds)
    watch, _, _ = made(policies=(policy,), rules=(rule("one"),))
    assert watch.begin()[US] == {"one": way}


def test_it_writes_down_what_it_will_be_judged_by(made: Made) -> None:
    bounds = [Bound(relation=Relation.AT_MOST, value=v, unit="ms") for v in (300.0, 200.0)]
    criteria = tuple(
        Criterion(measure="P95 latency", bound=b, phase=p) for b, p in zip(bounds, ("steady", None), strict=True)
    )
    regions = {**STACK.regions, US: STACK.regions[US].model_copy(update={"capacity_per_instance": 60.0})}
    stack = STACK.model_copy(update={"regions": regions})
    watch, _, journal = made(criteria=criteria, policies=(TRACKING,), rules=(rule("high"),), stack=stack)
    watch.begin()
    told = next(e.data for e in journal.events if e.kind == "watching capacity" and e.data["region"] == US)
    assert (told["p95_bound"], told["capacity_per_instance"], told["because"]) == (200.0, 60.0, "")
    assert told["alarms"] == [
        {"alarm": "high", "scaling": "out", "above": True, "threshold": 1000.0, "datapoints_to_alarm": 2,
         "evaluation_periods": 3, "namespace": "N", "name": "M",
         "statistic": "Sum", "period": 20, "dimensions": {"TargetGroup": "tg"}}
    ]  # fmt: skip


def test_policies_that_cannot_be_read_are_told_and_end_nothing(made: Made) -> None:
    watch, _, journal = made(broken={f"policies {US}"})
    assert watch.begin()[US] == {}
    told = next(e.data for e in journal.events if e.kind == "watching capacity" and e.data["region"] == US)
    assert "Throttling" in told["because"]


# afterwards


def test_the_last_answer_says_until_when_it_was_watched(made: Made, tmp_path: Path) -> None:
    watched = made()
    look(watched, 1.0, 9.0)
    watched[1].now = 12.0
    watched[0].conclude(0.0, 10.0, tmp_path)
    assert [(e.at, e.data["desired"]) for e in seen(watched[2])] == [(1.0, 2), (9.0, 2)]


def test_the_last_answers_are_told_in_their_order(made: Made, tmp_path: Path) -> None:
    watched = watch, world, journal = made()
    look(watched, 1.0)
    world.now = 9.0
    watch.look()
    watch.conclude(0.0, 10.0, tmp_path)
    last = [e.at for e in journal.events if e.kind == "capacity"][-3:]
    assert last == sorted(last) == [1.0, 1.0, 9.0]


def activity(started: float, ended: float | None = None) -> Activity:
    """`started` is seconds after the run began; its wall clock said noon at 0.5 s."""
    moments = [None if at is None else NOON + timedelta(seconds=at - 0.5) for at in (started, ended)]
    return Activity(
        id="a",
        description="Launching",
        cause="an alarm",
        status="Successful",
        started=moments[0] or NOON,
        ended=moments[1],
    )


def test_activities_get_the_time_of_the_run(made: Made, tmp_path: Path) -> None:
    watch, _, journal = made(activities=(activity(3.0, 5.5), activity(4.0), activity(99.0)))
    watch.conclude(0.0, 10.0, tmp_path)
    found = [e.data for e in journal.events if e.kind == "scaling activity" and e.data["region"] == US]
    assert [(d["started"], d["ended"]) for d in found] == [(3.0, 5.5), (4.0, None)]
    assert (found[0]["description"], found[0]["cause"], found[0]["status"]) == ("Launching", "an alarm", "Successful")


@pytest.mark.parametrize(("least", "most", "shift"), [(-0.9, 0.4, 0.0), (29.5, 30.5, 30.0), (-30.5, -29.5, -30.0)])
def test_times_of_another_clock_are_moved_by_what_it_is_apart(
    made: Made, tmp_path: Path, least: float, most: float, shift: float
) -> None:
    watch, _, journal = made(activities=(activity(3.0),))
    journal.record("clocks", aws_least=least, aws_most=most)
    watch.conclude(0.0, 1000.0, tmp_path)
    found = next(e.data for e in journal.events if e.kind == "scaling activity")
    assert found["started"] == pytest.approx(3.0 - shift)


def test_activities_that_cannot_be_read_are_told(made: Made, tmp_path: Path) -> None:
    watch, _, journal = made(broken={f"activities {US}"})
    watch.conclude(0.0, 10.0, tmp_path)
    found = [e.data for e in journal.events if e.kind == "scaling activity"]
    assert len(found) == 1 and "Throttling" in found[0]["because"]


def test_metrics_come_back_with_the_history_in_the_time_of_the_run(made: Made, tmp_path: Path) -> None:
    watch, world, _ = made(policies=(TRACKING,), rules=(rule("high"),))
    watch.begin()
    watch._rules = {US: watch._rules[US]}
    watch.conclude(1.0, 10.0, tmp_path)
    series = {(s.region, s.name): s for s in load_history(tmp_path).series}
    found = series[US, "M"]
    assert (found.namespace, found.statistic, found.period) == ("N", "Sum", 20.0)
    assert (found.dimensions, found.points) == ({"TargetGroup": "tg"}, ((3.0, 7.0),))
    group = {"AutoScalingGroupName": STACK.regions[AP].auto_scaling_group}
    assert [(m.name, m.statistic, m.dimensions) for m in world.wanted] == [
        ("RequestCount", "Sum", {"LoadBalancer": "app/shop/1f"}),
        ("TargetResponseTime", "p95", {"LoadBalancer": "app/shop/1f"}),
        ("RequestCountPerTarget", "Sum", {"TargetGroup": "targetgroup/shop/2f"}),
        ("CPUUtilization", "Average", group),
    ]


def test_business_metrics_are_read_in_every_region(made: Made, tmp_path: Path) -> None:
    business = {"namespace": "Shop", "orders": "Orders", "revenue": "Revenue"}
    stack = type(STACK).model_validate({**STACK.model_dump(), "business": business})
    watch, _, _ = made(stack=stack)
    watch.conclude(1.0, 10.0, tmp_path)
    found = {(s.region, s.name) for s in load_history(tmp_path).series if s.namespace == "Shop"}
    assert found == {(region, name) for region in STACK.regions for name in ("Orders", "Revenue")}


def test_metrics_that_cannot_be_read_are_missing_and_the_others_there(made: Made, tmp_path: Path) -> None:
    watch, _, _ = made(broken={f"points {US}"})
    watch.conclude(1.0, 10.0, tmp_path)
    assert {s.region for s in load_history(tmp_path).series} == {EU, AP}
    assert "Throttling" in json.loads((tmp_path / METRICS).read_text())["missing"][0]
    (unread,) = (e for e in watch._journal.events if e.kind == "metrics unread")
    assert "Throttling" in unread.data["because"]


def test_a_run_without_metrics_reads_as_before(made: Made, tmp_path: Path) -> None:
    made()
    assert load_history(tmp_path).series == ()
