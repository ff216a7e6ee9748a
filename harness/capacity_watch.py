"""Watches how much capacity the stack has while a drill runs, and reads afterwards what AWS recorded of it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harness.aws import compute
from harness.aws.cloudwatch import AlarmRule
from harness.aws.scaling import Activity, ScalingPolicy
from harness.aws.site import Site
from harness.errors import CallFailed
from harness.journal import Journal
from harness.measures.scaling_links import is_about_capacity
from harness.model.fleet import Fleet
from harness.plan import Plan
from harness.stack_metrics import collect
from harness.store import save_series

LOOK_EVERY_SECONDS = 0.25
SLOWEST_SECONDS = 8.0
CALMER = 0.8
CLOCKS_AGREE_WITHIN_SECONDS = 1.0
OUT, IN = "out", "in"


@dataclass(slots=True, kw_only=True)
class Group:
    """A group that is watched, and what was last seen of it. Times are real seconds since the start of the run."""

    region: str
    name: str
    target_group: str
    every: float = LOOK_EVERY_SECONDS
    due: float = 0.0
    asked: float | None = None
    answered: float | None = None
    seen: Mapping[str, Any] | None = None


class CapacityWatch:
    """Polls the groups of the stack, one of them a look: a wait that looks at other things too must not wait for all.

    It watches when the drill has a profile of load or judges capacity; else it does nothing.
    """

    def __init__(self, plan: Plan, site: Site, journal: Journal) -> None:
        self._plan, self._site, self._journal = plan, site, journal
        self._groups = tuple(_groups(plan)) if _is_wanted(plan) else ()
        self._rules: dict[str, tuple[AlarmRule, ...]] = {}

    def begin(self) -> Mapping[str, Mapping[str, str]]:
        """Write down what will be watched, and what scales it; returns the alarms that do, by region and name.

        "out" are those that add capacity, "in" those that take it away.
        """
        return {group.region: self._begin(group) for group in self._groups}

    def look(self) -> None:
        """Look at the group that has waited longest, when it is time."""
        now = self._site.clock.at()
        due = min((g for g in self._groups if g.due <= now), key=lambda g: g.due, default=None)
        if due is not None:
            self._look(due, now)

    def conclude(self, since: float, until: float, folder: Path) -> None:
        """Write down until when capacity was watched, and what AWS recorded between two moments of the run.

        Activities go to the journal, metrics to metrics.json. Times of AWS become seconds since the start of the run.
        What AWS does not answer is written down as not known.
        """
        for group in sorted(self._groups, key=lambda group: group.answered or 0.0):
            if group.seen is not None and group.answered is not None:
                self._tell(group, group.answered, group.seen, group.answered - (group.asked or 0.0))
            self._tell_activities(group, since, until)
        if self._groups:
            series, unread = collect(self._site, self._rules, self._origin(), since, until)
            save_series(folder, series, unread)
            for because in unread:
                self._journal.record("metrics unread", because=because)

    def _begin(self, group: Group) -> Mapping[str, str]:
        policies: tuple[ScalingPolicy, ...] = ()
        because = ""
        try:
            policies = compute.policies(self._site, group.region)
            names = [name for policy in policies for name in policy.alarms]
            self._rules[group.region] = self._site.cloudwatch(group.region).rules(names) if names else ()
        except CallFailed as error:
            because = str(error)
        ways = dict(_ways(policies, self._rules.get(group.region, ())))
        self._journal.record(
            "watching capacity",
            region=group.region,
            group=group.name,
            capacity_per_instance=self._plan.stack.regions[group.region].capacity_per_instance,
            p95_bound=_tightest_p95(self._plan),
            alarms=[_rule_data(rule, ways) for rule in self._rules.get(group.region, ())],
            because=because,
        )
        return ways

    def _look(self, group: Group, now: float) -> None:
        try:
            seen = self._read(group)
        except CallFailed:  # no reading; AWS may have had enough of us
            group.every = min(SLOWEST_SECONDS, 2 * group.every)
            group.due = self._site.clock.at() + group.every
            return
        answered = self._site.clock.at()
        if seen is not None and seen != group.seen:
            self._tell(group, answered, seen, answered - (now if group.asked is None else group.asked))
        group.seen, group.asked, group.answered = seen, now, answered
        group.every = max(LOOK_EVERY_SECONDS, CALMER * group.every)
        group.due = now + group.every

    def _read(self, group: Group) -> Mapping[str, Any] | None:
        fleet = compute.fleet(self._site, group.region)
        return None if fleet is None else _as_data(fleet, self._healthy(group))

    def _healthy(self, group: Group) -> int | None:
        if not group.target_group:
            return None
        return list(self._site.elbv2(group.region).target_health(group.target_group).values()).count("healthy")

    def _tell(self, group: Group, at: float, seen: Mapping[str, Any], unseen: float) -> None:
        """It changed since it was asked for the last time, `unseen` seconds before."""
        facts = {"region": group.region, "group": group.name, **seen}
        self._journal.record("capacity", at=at, **facts, poll_interval=round(unseen, 6))

    def _tell_activities(self, group: Group, since: float, until: float) -> None:
        origin = self._origin()
        began = origin + timedelta(seconds=since)
        try:
            found = compute.activities(self._site, group.region, began)
        except CallFailed as error:
            self._journal.record("scaling activity", region=group.region, group=group.name, id="", because=str(error))
            return
        for each in found:
            if (facts := _activity_data(each, origin))["started"] <= until:
                self._journal.record("scaling activity", region=group.region, group=group.name, **facts)

    def _origin(self) -> datetime:
        """What the clock of AWS said when the run started: ours, unless AWS says that it is another."""
        opened = next(e for e in self._journal.events if e.kind == "opened")
        ours = datetime.fromisoformat(opened.data["wall"]) - timedelta(seconds=opened.at)
        told = (e.data for e in self._journal.events if e.kind == "clocks" and "aws_least" in e.data)
        return ours + timedelta(seconds=_apart(next(told, {})))


def _apart(told: Mapping[str, Any]) -> float:
    """How far AWS's clock is ahead of ours: 0 where it may be the same one."""
    least, most = float(told.get("aws_least", 0.0)), float(told.get("aws_most", 0.0))
    agree = least <= CLOCKS_AGREE_WITHIN_SECONDS and most >= -CLOCKS_AGREE_WITHIN_SECONDS
    return 0.0 if agree else (least + most) / 2


def _is_wanted(plan: Plan) -> bool:
    load = plan.experiment.load
    return bool(load and load.points) or any(is_about_capacity(c.measure) for c in plan.experiment.criteria)


def _groups(plan: Plan) -> Iterable[Group]:
    for region, described in plan.stack.regions.items():
        if name := compute.group(described):
            yield Group(region=region, name=name, target_group=described.target_group)


def _as_data(fleet: Fleet, healthy: int | None) -> dict[str, Any]:
    return {**asdict(fleet), "instances": dict(sorted(fleet.instances.items())), "healthy": healthy}


def _ways(policies: Iterable[ScalingPolicy], rules: Iterable[AlarmRule]) -> Iterable[tuple[str, str]]:
    """Each alarm and whether it adds capacity; what a policy does not say, the alarm's comparison does."""
    above = {rule.name: rule.above for rule in rules}
    for policy in policies:
        for name in policy.alarms:
            adds = above.get(name, True) if policy.adds is None else policy.adds
            yield name, OUT if adds else IN


def _rule_data(rule: AlarmRule, ways: Mapping[str, str]) -> dict[str, Any]:
    metric = rule.metric
    return {
        "alarm": rule.name,
        "scaling": ways[rule.name],
        "above": rule.above,
        "threshold": rule.threshold,
        "datapoints_to_alarm": rule.datapoints_to_alarm,
        "evaluation_periods": rule.evaluation_periods,
        "namespace": metric.namespace,
        "name": metric.name,
        "statistic": metric.statistic,
        "period": metric.period,
        "dimensions": dict(metric.dimensions),
    }


def _tightest_p95(plan: Plan) -> float | None:
    """The tightest bound on the P95 latency that the drill declares, in ms."""
    bounds = [c.bound.value for c in plan.experiment.criteria if c.measure == "P95 latency"]
    return min(bounds, default=None)


def _activity_data(activity: Activity, origin: datetime) -> dict[str, Any]:
    started, ended = activity.started, activity.ended
    return {
        "id": activity.id,
        "description": activity.description,
        "cause": activity.cause,
        "status": activity.status,
        "started": round((started - origin).total_seconds(), 3),
        "ended": None if ended is None else round((ended - origin).total_seconds(), 3),
    }
