"""An AWS of three regions in memory, whose clock moves only when somebody waits; and that it is a fair stand-in."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws.application_autoscaling import ApplicationAutoScaling
from harness.aws.autoscaling import AutoScaling, Capacity
from harness.aws.cloudwatch import AlarmRule, AlarmState, CloudWatch, Metric
from harness.aws.ec2 import Ec2
from harness.aws.ecs import Ecs
from harness.aws.elbv2 import Elbv2
from harness.aws.fis import OVER, ExperimentState, Fis
from harness.aws.rds import DatabaseInstance, Rds
from harness.aws.route53 import Route53
from harness.aws.scaling import Activity, ScalingPolicy
from harness.aws.site import POLL_SECONDS, Site
from harness.errors import CallFailed, StepFailed
from harness.model.fleet import Fleet
from harness.stack.descriptor import Stack
from tests.experiments import STACK

US, EU, AP = STACK.regions
STARTED = {"status": "running", "reason": ""}
ENTRY, WRITERS = "api.storefront.test", "db.storefront.test"


def stack_of_the_world() -> Stack:
    """The lab's stack with the ids that only a live one has."""
    content = STACK.model_dump(mode="json")
    for name, region in content["regions"].items():
        region.update(load_balancer=f"lb-{name}", target_group=f"tg-{name}", health_check=f"check-{name}")
    return Stack.model_validate(content)


BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)


class VirtualClock:
    """Reads like harness.clock.Clock, and moves only in a wait."""

    def __init__(self, time_scale: float = 10.0) -> None:
        self.time_scale, self.origin_ns, self.now = time_scale, 0, 0.0
        self.was_set = 0.0

    def at(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return BEGAN + timedelta(seconds=self.now + self.was_set)

    def real(self, model: timedelta) -> float:
        return model.total_seconds() / self.time_scale

    def model(self, real_seconds: float) -> timedelta:
        return timedelta(seconds=real_seconds * self.time_scale)


class World:
    """What a stack holds, the calls that were made, and what happens later. `broken` calls fail with that code."""

    def __init__(self) -> None:
        self.stack = stack_of_the_world()
        self.clock = VirtualClock()
        self.offset: tuple[float, float] | None = (-0.7, 0.4)
        self.calls: list[str] = []
        self.broken: dict[str, str] = {}
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.promotion_takes = 0.0
        self.unmoved = False
        self.sources: dict[str, str | None] = {US: None, EU: US, AP: US}
        self.statuses = dict.fromkeys(STACK.regions, "available")
        self.capacity = dict.fromkeys(STACK.regions, 2)
        self.in_service: dict[str, int] = {}
        self.draining: dict[str, int] = {}
        self.alarms: dict[tuple[str, str], str] = {}
        self.experiments: dict[str, dict[str, Any]] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.records = [_alias(US), _alias(EU), _alias(AP), _writers(US)]

    def call(self, name: str, *arguments: object) -> None:
        """Note a call, or fail it."""
        self.calls.append(" ".join([name, *map(str, arguments)]))
        if name in self.broken:
            raise CallFailed(name, self.broken[name], "broken on purpose")

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and let happen what was due."""
        self.clock.now += seconds
        due = [what for at, what in self.later if at <= self.clock.now]
        self.later = [each for each in self.later if each[0] > self.clock.now]
        for what in due:
            what()

    def in_(self, seconds: float, what: Callable[[], None]) -> None:
        """Let something happen after so many real seconds."""
        self.later.append((self.clock.now + seconds, what))

    def is_hit(self, region: str) -> bool:
        """Whether an experiment runs in a region, and has an effect."""
        running = any(e["region"] == region and e["status"] == "running" for e in self.experiments.values())
        return running and not self.unmoved

    def writers_point_at(self) -> str:
        """The region whose database writers find."""
        record = next(r for r in self.records if r["Type"] == "CNAME")
        return str(record["ResourceRecords"][0]["Value"]).removeprefix("db-")


class FakeSite:
    """harness.aws.site.Site over a world."""

    def __init__(self, world: World) -> None:
        self.world, self.stack, self.clock = world, world.stack, world.clock
        self.tick: Callable[[], None] = lambda: None
        self.route53 = FakeRoute53(world)

    def fis(self, region: str) -> "FakeFis":
        return FakeFis(self.world, region)

    def rds(self, region: str) -> "FakeRds":
        return FakeRds(self.world, region)

    def autoscaling(self, region: str) -> "FakeAutoScaling":
        return FakeAutoScaling(self.world, region)

    def ec2(self, region: str) -> "FakeEc2":
        return FakeEc2(self.world, region)

    def ecs(self, region: str) -> "FakeEcs":
        return FakeEcs(self.world, region)

    def application_autoscaling(self, region: str) -> "FakeApplicationAutoScaling":
        return FakeApplicationAutoScaling(self.world, region)

    def elbv2(self, region: str) -> "FakeElbv2":
        return FakeElbv2(self.world, region)

    def cloudwatch(self, region: str) -> "FakeCloudWatch":
        return FakeCloudWatch(self.world, region)

    def answer_ms(self, region: str) -> float | None:
        return None if self.world.is_hit(region) else 4.0

    def clock_offset(self) -> tuple[float, float] | None:
        return self.world.offset

    def beside(self, call: Callable[[], Any]) -> "Future[Any]":
        made: Future[Any] = Future()
        try:
            made.set_result(call())
        except Exception as error:
            made.set_exception(error)
        return made

    def wait(self, condition: Callable[[], Any], within: timedelta, what: str) -> Any:
        deadline = self.clock.at() + self.clock.real(within)
        while True:
            self.tick()
            if result := condition():
                return result
            if self.clock.at() >= deadline:
                raise StepFailed(f"{what}: not within {within.total_seconds():g} s")
            self.world.pass_time(POLL_SECONDS)


class _Fake:
    def __init__(self, world: World, region: str) -> None:
        self.world, self.region = world, region


class FakeRds(_Fake):
    def instance(self, identifier: str) -> DatabaseInstance | None:
        self.world.call("rds:Describe", self.region)
        if self.region not in self.world.sources:
            return None
        source = self.world.sources[self.region]
        return DatabaseInstance(
            identifier=identifier,
            arn=f"arn:{self.region}",
            region=self.region,
            status=self.world.statuses[self.region],
            endpoint=f"db-{self.region}",
            source=source,
            replication="replicating" if source else None,
            instance_class="db.t3.micro",
        )

    def writers(self, tags: Mapping[str, str]) -> tuple[str, ...]:
        self.world.call("rds:DescribeClusters", self.region)
        return (f"writer-{'b' if self.world.is_hit(self.region) else 'a'}",)

    def promote(self, identifier: str) -> None:
        self.world.call("rds:Promote", self.region)
        self.world.statuses[self.region] = "modifying"
        self.world.in_(self.world.promotion_takes, self._promoted)

    def _promoted(self) -> None:
        self.world.sources[self.region], self.world.statuses[self.region] = None, "available"

    def delete(self, identifier: str) -> None:
        self.world.call("rds:Delete", self.region)
        del self.world.sources[self.region]

    def create_replica(self, identifier: str, source_arn: str, source_region: str, tags: Mapping[str, str]) -> None:
        self.world.call("rds:CreateReplica", self.region, "of", source_region)
        self.world.sources[self.region], self.world.statuses[self.region] = source_region, "available"


class FakeAutoScaling(_Fake):
    def capacity(self, group: str) -> Capacity | None:
        self.world.call("autoscaling:Describe", self.region)
        if self.region not in self.world.capacity:
            return None
        desired = self.world.capacity[self.region]
        return Capacity(
            minimum=1, desired=desired, maximum=8, in_service=self.world.in_service.get(self.region, desired)
        )

    def set_desired(self, group: str, capacity: int) -> None:
        self.world.call("autoscaling:SetDesired", self.region, capacity)
        self.world.capacity[self.region] = capacity

    def fleet(self, group: str) -> Fleet | None:
        found = self.capacity(group)
        return None if found is None else Fleet(desired=found.desired, in_service=found.in_service)

    def policies(self, group: str) -> tuple[ScalingPolicy, ...]:
        return ()

    def activities(self, group: str, since: datetime) -> tuple[Activity, ...]:
        return ()


class FakeApplicationAutoScaling(_Fake):
    def policies(self, resource: str) -> tuple[ScalingPolicy, ...]:
        return ()

    def activities(self, resource: str, since: datetime) -> tuple[Activity, ...]:
        return ()


class FakeEc2(_Fake):
    def running(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        self.world.call("ec2:Describe", self.region)
        return {} if self.world.is_hit(self.region) else {f"i-{zone}": self.region + zone for zone in "ab"}


class FakeEcs(_Fake):
    def capacity(self, cluster: str, service: str) -> Capacity | None:
        self.world.call("ecs:DescribeServices", cluster, service)
        if self.region not in self.world.capacity:
            return None
        desired = self.world.capacity[self.region]
        return Capacity(desired=desired, in_service=self.world.in_service.get(self.region, desired))

    def fleet(self, cluster: str, service: str) -> Fleet | None:
        found = self.capacity(cluster, service)
        return None if found is None else Fleet(desired=found.desired, in_service=found.in_service)

    def active_instances(self, cluster: str) -> int:
        self.world.call("ecs:ListContainerInstances", cluster)
        return 3 - self.world.draining.get(self.region, 0)

    def set_desired(self, cluster: str, service: str, tasks: int) -> None:
        self.world.call("ecs:UpdateService", cluster, service, tasks)
        self.world.capacity[self.region] = tasks


class FakeElbv2(_Fake):
    def target_health(self, target_group: str) -> Mapping[str, str]:
        self.world.call("elb:TargetHealth", self.region)
        count = self.world.in_service.get(self.region, self.world.capacity[self.region])
        return {f"i-{n}": "healthy" for n in range(count)}

    def in_use(self, target_group: str) -> Mapping[str, bool]:
        return {target: state == "healthy" for target, state in self.target_health(target_group).items()}

    def alias(self, load_balancer: str) -> Mapping[str, object]:
        self.world.call("elb:Alias", self.region)
        return {"HostedZoneId": f"Z-{self.region}", "DNSName": f"{load_balancer}.elb", "EvaluateTargetHealth": False}


class FakeCloudWatch(_Fake):
    def alarms(self, names: Sequence[str]) -> tuple[AlarmState, ...]:
        self.world.call("cloudwatch:Describe", self.region)
        states = {n: s for (region, n), s in self.world.alarms.items() if region == self.region and n in names}
        when = datetime(2026, 1, 1, tzinfo=UTC)
        return tuple(
            AlarmState(name=n, arn=f"arn:{n}", region=self.region, state=s, updated=when, reason="because")
            for n, s in states.items()
        )

    def latest(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> float | None:
        return 0.0

    def rules(self, names: Sequence[str]) -> tuple[AlarmRule, ...]:
        return ()

    def points(
        self, metrics: Sequence[Metric], since: datetime, until: datetime
    ) -> tuple[tuple[tuple[datetime, float], ...], ...]:
        return tuple(() for _ in metrics)


class FakeFis(_Fake):
    def create_template(self, template: Mapping[str, Any], run: str) -> str:
        self.world.call("fis:CreateTemplate", self.region)
        template_id = f"T{len(self.world.templates) + 1}"
        self.world.templates[template_id] = {**template, "run": run, "region": self.region}
        return template_id

    def start(self, template_id: str, run: str, *, preview: bool = False) -> ExperimentState:
        self.world.call("fis:Start", self.region)
        experiment_id = f"E{len(self.world.experiments) + 1}"
        names = self.world.templates[template_id]["actions"]
        self.world.experiments[experiment_id] = {
            "region": self.region,
            "run": run,
            "actions": dict.fromkeys(names, "running"),
            **STARTED,
            **({"status": "completed"} if preview else {}),
        }
        return self.get(experiment_id)

    def get(self, experiment_id: str) -> ExperimentState:
        self.world.call("fis:Get", self.region)
        known = self.world.experiments[experiment_id]
        return ExperimentState(
            experiment_id=experiment_id,
            region=self.region,
            status=known["status"],
            reason=known["reason"],
            actions=known["actions"],
            first=frozenset(known["actions"]),
        )

    def stop(self, experiment_id: str) -> None:
        self.world.call("fis:Stop", self.region)
        self.world.experiments[experiment_id]["status"] = "stopped"

    def resolved_targets(self, experiment_id: str) -> tuple[Mapping[str, Any], ...]:
        self.world.call("fis:ResolvedTargets", self.region)
        return ({"targetName": "instances", "resourceType": "aws:ec2:instance", "targetInformation": {"id": "i-1"}},)

    def of_run(self, run: str | None) -> tuple[ExperimentState, ...]:
        self.world.call("fis:List", self.region)
        mine = [i for i, e in self.world.experiments.items() if run in (None, e["run"]) and e["region"] == self.region]
        return tuple(s for i in mine if (s := self.get(i)).status not in OVER)

    def delete_template(self, template_id: str) -> None:
        self.world.call("fis:DeleteTemplate", self.region)
        del self.world.templates[template_id]

    def templates_of_run(self, run: str) -> tuple[str, ...]:
        self.world.call("fis:ListTemplates", self.region)
        known = self.world.templates.items()
        return tuple(i for i, t in known if t["run"] == run and t["region"] == self.region)


class FakeRoute53:
    def __init__(self, world: World) -> None:
        self.world = world

    def has_zone(self, zone_id: str) -> bool:
        return True

    def records(self, zone_id: str, name: str) -> tuple[Mapping[str, Any], ...]:
        self.world.call("route53:List", name)
        return tuple(r for r in self.world.records if r["Name"].rstrip(".") == name)

    def change(self, zone_id: str, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self.world.call("route53:Change", len(changes))
        for _, record in changes:
            key = (record["Name"], record.get("SetIdentifier"))
            self.world.records = [r for r in self.world.records if (r["Name"], r.get("SetIdentifier")) != key]
            self.world.records.append(dict(record))


def _alias(region: str) -> dict[str, Any]:
    return {
        "Name": f"{ENTRY}.",
        "Type": "A",
        "SetIdentifier": region,
        "Region": region,
        "HealthCheckId": f"check-{region}",
        "AliasTarget": {
            "HostedZoneId": f"Z-{region}",
            "DNSName": f"dualstack.LB-{region}.elb.",
            "EvaluateTargetHealth": True,
        },
    }


def _writers(region: str) -> dict[str, Any]:
    return {"Name": f"{WRITERS}.", "Type": "CNAME", "TTL": 20, "ResourceRecords": [{"Value": f"db-{region}"}]}


@pytest.fixture
def world() -> Iterator[World]:
    yield World()


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (Rds, FakeRds), (AutoScaling, FakeAutoScaling), (Elbv2, FakeElbv2), (CloudWatch, FakeCloudWatch),
        (ApplicationAutoScaling, FakeApplicationAutoScaling), (Ec2, FakeEc2), (Ecs, FakeEcs),
        (Fis, FakeFis), (Route53, FakeRoute53), (Site, FakeSite),
    ],
)  # fmt: skip
def test_each_fake_takes_what_the_real_gateway_takes(real: type, fake: type) -> None:
    methods = [name for name, each in vars(real).items() if not name.startswith("_") and callable(each)]
    shapes = {name: list(inspect.signature(getattr(real, name)).parameters) for name in methods}
    assert {name: list(inspect.signature(getattr(fake, name)).parameters) for name in methods} == shapes


def test_waiting_moves_the_clock_to_the_deadline_and_no_further() -> None:
    world = World()
    with pytest.raises(StepFailed, match="the moon rises: not within 10 s"):
        FakeSite(world).wait(lambda: False, timedelta(seconds=10), "the moon rises")
    assert 1.0 <= world.clock.at() < 1.0 + 2 * POLL_SECONDS
