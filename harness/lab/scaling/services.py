"""Application Auto Scaling of ECS services: as many tasks as policies, schedules and limits want."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from harness.lab.control.alarms import ALARM, Alarm, Alarms
from harness.lab.control.lab import Lab, now
from harness.lab.control.metrics import statistic
from harness.lab.control.records import ACCOUNT
from harness.lab.ecs.cluster import SERVICE, Cluster
from harness.lab.ecs.scheduler import Scheduler
from harness.lab.ecs.task import RUNNING
from harness.lab.scaling.adjustment import adjusted, bounded, stepped, tracked
from harness.lab.scaling.policy import Policy, Stepwise, Tracking
from harness.lab.scaling.schedule import ScheduledAction, following
from harness.lab.scaling.service import OVERRIDDEN, SUCCESSFUL, Cooling, ScalableService, ServiceActivity
from harness.lab.scaling.service_request import policy_of
from harness.lab.scaling.tracking import Datapoints, highest, is_high, latest, make_alarms

BEAT = 1.0  # model seconds between two looks at schedules and at what is not fulfilled yet
OUT, IN, SCHEDULED = "DynamicScalingOutSuspended", "DynamicScalingInSuspended", "ScheduledScalingSuspended"


class Services:
    """The scalable targets of a lab by region, their policies and scheduled actions. `balancers` are ARNs."""

    def __init__(self, lab: Lab, scheduler: Scheduler, alarms: Alarms, balancers: Mapping[str, str]) -> None:
        self.lab, self.scheduler, self.alarms, self.balancers = lab, scheduler, alarms, balancers
        self.targets: dict[str, ScalableService] = {}
        self.policies: dict[tuple[str, str], Policy] = {}  # region, name
        self.actions: dict[tuple[str, str], ScheduledAction] = {}  # region, name
        self.datapoints = Datapoints()

    def resource(self, region: str) -> str:
        """The id of a region's service; empty where there is none."""
        cluster = self.scheduler.clusters.get(region)
        return f"service/{cluster.name}/{SERVICE}" if cluster else ""

    # Targets

    def register(self, region: str, limits: tuple[int | None, int | None], suspended: Mapping[str, bool]) -> str:
        """Register a region's service or change its limits; returns the ARN. Its count is brought within them."""
        target = self.targets.get(region)
        if target is None:
            id = f"0ec5{len(self.targets):028x}"
            arn = f"arn:aws:application-autoscaling:{region}:{ACCOUNT}:scalable-target/{id}"
            target = ScalableService(id=self.resource(region), region=region, arn=arn, minimum=0, maximum=0)
        low, high = limits
        target.minimum = target.minimum if low is None else low
        target.maximum = target.maximum if high is None else high
        target.suspended.update(suspended)
        self.targets[region] = target
        self._limit(target, "")
        return target.arn

    def deregister(self, region: str) -> None:
        """Forget a target with its policies and scheduled actions."""
        del self.targets[region]
        for policy in self.of(region):
            self.delete(policy)
        self.actions = {name: action for name, action in self.actions.items() if action.region != region}

    def _limit(self, target: ScalableService, also: str) -> None:
        desired = self._cluster(target).service.desired
        wanted = bounded(desired, target.minimum, target.maximum)
        which, bound = ("minimum", target.minimum) if wanted > desired else ("maximum", target.maximum)
        self._set(target, wanted, f"{which} capacity was set to {bound}{also}")

    # Policies

    def put(self, region: str, asked: dict[str, Any]) -> Policy:
        """Make or replace a policy. Raises AwsError, NotInTheLab."""
        target, old = self.targets[region], self.policies.get((region, asked["PolicyName"]))
        policy = policy_of(target, self._cluster(target), self.balancers[region], asked, old.arn if old else None)
        if old is not None:
            self.delete(old)
        if isinstance(policy.plan, Tracking):
            made = make_alarms(policy.plan, region, target.id, policy.arn, self.datapoints)
            for alarm in made:
                self.alarms.put(alarm)
            policy = replace(policy, alarms=tuple(alarm.name for alarm in made))
        self.policies[region, policy.name] = policy
        return policy

    def delete(self, policy: Policy) -> None:
        """Forget a policy and the alarms that it made."""
        del self.policies[policy.region, policy.name]
        for name in policy.alarms:
            self.alarms.delete(policy.region, name)

    def of(self, region: str) -> list[Policy]:
        """The policies of a region's service."""
        return [p for p in list(self.policies.values()) if p.region == region]

    def calling(self, policy: Policy) -> list[Alarm]:
        """The alarms that call a policy."""
        return [a for a in list(self.alarms.alarms.values()) if policy.arn in a.actions.every()]

    def act(self, arn: str, alarm: Alarm) -> bool:
        """Carry out a policy that an alarm calls; returns whether it is one of a service. Raises LookupError."""
        policy = next((p for p in list(self.policies.values()) if p.arn == arn), None)
        if policy is None:
            return False
        target = self.targets[policy.region]
        desired = self._cluster(target).service.desired
        wanted = bounded(self._wanted(target, policy, alarm, desired), target.minimum, target.maximum)
        if wanted != desired and not self._kept(target, wanted > desired):
            self._cool(target, policy, desired, wanted)
            self._set(target, wanted, f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.name}")
        return True

    def _wanted(self, target: ScalableService, policy: Policy, alarm: Alarm, desired: int) -> int:
        if isinstance(policy.plan, Stepwise):
            step = stepped(policy.plan.steps, latest(alarm) - alarm.rule.threshold)
            if step is None:
                return desired
            base = self._base(target, desired)
            grown = adjusted(policy.plan.kind, base, step.amount, policy.plan.magnitude)
            return max(desired, grown) if grown > base else self._less(target, min(desired, grown), desired)
        if is_high(alarm):
            return max(desired, self._tracked(target, policy, alarm, latest(alarm)))
        return self._less(target, self._lowest(target, desired), desired)

    def _base(self, target: ScalableService, desired: int) -> int:
        """The count that an increase starts from: that before the one whose cooldown is not over."""
        return target.out.before if target.out and self._holds(target.out) else desired

    def _less(self, target: ScalableService, wanted: int, desired: int) -> int:
        """A smaller count, unless it was made smaller lately or the service is not as large as it should be yet."""
        held = target.shrunk is not None and self._holds(target.shrunk)
        return desired if held or self._serving(target) < desired else wanted

    def _holds(self, cooling: Cooling) -> bool:
        return self.lab.loop.time() < cooling.until

    def _lowest(self, target: ScalableService, desired: int) -> int:
        """The largest of what the policies that may shrink the service want, if each of them wants less."""
        sizes = []
        for policy in self.of(target.region):
            if isinstance(policy.plan, Tracking) and policy.plan.scale_in:
                low = next((a for a in self._own(policy) if not is_high(a)), None)
                if low is None or low.state != ALARM:
                    return desired
                sizes.append(self._tracked(target, policy, low, highest(low)))
        return min(desired, max(sizes, default=desired))

    def _own(self, policy: Policy) -> Iterator[Alarm]:
        return (a for name in policy.alarms if (a := self.alarms.alarms.get((policy.region, name))) is not None)

    def _tracked(self, target: ScalableService, policy: Policy, alarm: Alarm, value: float) -> int:
        assert isinstance(policy.plan, Tracking)
        period = self.lab.real(alarm.rule.period)
        count: float | None = min(self._serving(target), self._base(target, self._serving(target)))
        if policy.plan.behind is not None:
            span = alarm.evaluated * period, (alarm.evaluated + 1) * period
            count = statistic(self.alarms.metrics[target.region].between(policy.plan.behind, *span), "Average")
        return tracked(count or 0, value, policy.plan.bound(alarm.rule.period))

    def _serving(self, target: ScalableService) -> int:
        return sum(t.status == RUNNING for t in self._cluster(target).staying())

    @staticmethod
    def _kept(target: ScalableService, rising: bool) -> bool:
        return target.suspended.get(OUT if rising else IN, False)

    def _cool(self, target: ScalableService, policy: Policy, before: int, after: int) -> None:
        span = policy.out_cooldown if after > before else policy.in_cooldown
        cooling = Cooling(until=self.lab.loop.time() + self.lab.real(span), before=self._base(target, before))
        target.out, target.shrunk = (cooling, None) if after > before else (target.out, cooling)

    def _cluster(self, target: ScalableService) -> Cluster:
        return self.scheduler.clusters[target.region]

    def _set(self, target: ScalableService, count: int, cause: str) -> None:
        service = self._cluster(target).service
        if count == service.desired:
            return
        for activity in [a for a in target.activities if a.ended is None]:
            activity.end(OVERRIDDEN)
        target.activities.appendleft(ServiceActivity(count=count, cause=cause))
        service.desired = count
        self.lab.truth.write("desired_count", region=target.region, desired=count)
        self.lab.soon(self.scheduler.reconcile, target.region)

    # Time

    async def run(self) -> None:
        """Carry out what is scheduled and see whether changes are fulfilled, for ever."""
        await self.lab.every(BEAT, self.look)

    async def look(self) -> None:
        """Carry out what is due now, and close what is fulfilled."""
        for action in sorted(self.actions.values(), key=lambda a: a.start):
            if action.start <= now():
                self._pass(action, now())
        for target in list(self.targets.values()):
            for activity in [a for a in target.activities if a.ended is None]:
                self._close(target, activity)

    def _pass(self, action: ScheduledAction, at: datetime) -> None:
        del self.actions[action.region, action.name]
        real_every = self.lab.real(action.every) if action.every else 0.0
        if (again := following(action, real_every, at)) is not None:
            self.actions[action.region, action.name] = again
        target = self.targets[action.region]
        if not target.suspended.get(SCHEDULED, False):
            target.minimum = target.minimum if action.minimum is None else action.minimum
            target.maximum = target.maximum if action.maximum is None else action.maximum
            self._limit(target, f" and scheduled action name {action.name} was triggered")

    def _close(self, target: ScalableService, activity: ServiceActivity) -> None:
        service = self._cluster(target).service
        if service.desired != activity.count:  # UpdateService has changed it
            activity.end(OVERRIDDEN)
        elif self._serving(target) == activity.count:
            activity.end(SUCCESSFUL)
