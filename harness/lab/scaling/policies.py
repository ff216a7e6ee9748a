"""The scaling policies of every group, and what they do when an alarm, a forecast or somebody calls them."""

from dataclasses import replace
from typing import Any

from harness.lab.control.alarms import ALARM, Alarm, Alarms
from harness.lab.control.answer import AwsError
from harness.lab.control.lab import Lab, now
from harness.lab.control.metrics import statistic
from harness.lab.scaling import activity as words
from harness.lab.scaling.adjustment import adjusted, after_step, bounded, stepped, tracked
from harness.lab.scaling.cooldown import Cooldowns
from harness.lab.scaling.forecast import needed
from harness.lab.scaling.group import ALARMS, Group, warming
from harness.lab.scaling.groups import Groups
from harness.lab.scaling.policy import Policy, Predictive, Simple, Stepwise, Tracking
from harness.lab.scaling.policy_request import policy_of
from harness.lab.scaling.tracking import Datapoints, highest, is_high, latest, make_alarms

BEAT = 1.0  # model seconds between two looks at forecasts


class Policies:
    """Keeps policies and carries them out. `forecast` is what predictive scaling goes by, (model s, load) in order."""

    def __init__(self, lab: Lab, groups: Groups, alarms: Alarms) -> None:
        self.lab, self.groups, self.alarms = lab, groups, alarms
        self.policies: dict[tuple[str, str], Policy] = {}  # region, name
        self.datapoints = Datapoints()
        self.forecast: tuple[tuple[float, float], ...] = ()
        self.cooldowns = Cooldowns(lab)

    def put(self, group: Group, asked: dict[str, Any]) -> Policy:
        """Make or replace a policy, from any thread. Raises AwsError, NotInTheLab."""
        old = self.policies.get((group.region, asked["PolicyName"]))
        policy = policy_of(group, asked, old.arn if old else None)
        if isinstance(policy.plan, Predictive) and not self.forecast:
            raise AwsError("ValidationError", "the lab forecasts nothing by itself: give `forecast` in its recipe")
        if old is not None:
            self._forget_alarms(old)
        if isinstance(policy.plan, Tracking) and policy.enabled:
            made = make_alarms(policy.plan, group.region, group.name, policy.arn, self.datapoints)
            for alarm in made:
                self.alarms.put(alarm)
            policy = replace(policy, alarms=tuple(alarm.name for alarm in made))
        self.policies[group.region, policy.name] = policy
        self.lab.truth.write("policy", region=group.region, name=policy.name, type=policy.type)
        return policy

    def delete(self, policy: Policy) -> None:
        """Forget a policy and the alarms that it made."""
        del self.policies[policy.region, policy.name]
        self._forget_alarms(policy)

    def _forget_alarms(self, policy: Policy) -> None:
        for name in policy.alarms:
            self.alarms.delete(policy.region, name)

    def of(self, group: Group) -> list[Policy]:
        """The policies of a group."""
        return [p for p in list(self.policies.values()) if p.region == group.region]

    def calling(self, policy: Policy) -> list[Alarm]:
        """The alarms that call a policy."""
        return [
            a
            for a in list(self.alarms.alarms.values())
            if a.region == policy.region and policy.arn in a.actions.every()
        ]

    # What alarms call

    def act(self, arn: str, alarm: Alarm) -> bool:
        """Carry out a policy that an alarm calls; returns whether it is one of a group. Raises LookupError."""
        policy = next((p for p in list(self.policies.values()) if p.arn == arn), None)
        if policy is None:
            return False
        group = self.groups.groups[policy.region]
        if not policy.enabled or ALARMS in group.suspended:
            return True
        desired = self._wanted(group, policy, alarm)
        self._carry_out(group, policy, desired, words.by_alarm(alarm.name, policy.name, group.desired, desired))
        return True

    def _wanted(self, group: Group, policy: Policy, alarm: Alarm) -> int:
        match policy.plan:
            case Tracking() as plan:
                wanted = self._above(group, policy, plan, alarm) if is_high(alarm) else self._below(group)
            case Stepwise() as plan:
                wanted = self._stepped(group, policy, plan, latest(alarm) - alarm.rule.threshold)
            case Simple() as plan:
                wanted = self._simple(group, plan)
            case _:
                raise LookupError(f"the policy {policy.name} is not one that alarms call")
        return self._limited(group, wanted)

    def _limited(self, group: Group, wanted: int) -> int:
        return bounded(wanted, max(group.minimum, min(group.floor, group.maximum)), group.maximum)

    def _carry_out(self, group: Group, policy: Policy, desired: int, trigger: str) -> None:
        if desired == group.desired:
            return
        if isinstance(policy.plan, Simple):
            self.cooldowns.begin(group, policy.plan.cooldown)
        self.groups.resize(group, desired, trigger)

    # Target tracking

    def _above(self, group: Group, policy: Policy, plan: Tracking, alarm: Alarm) -> int:
        return max(group.desired, self._tracked(group, policy, plan, alarm, latest(alarm)))

    def _below(self, group: Group) -> int:
        """Smaller only if every policy that may shrink the group says so, by the least, and nobody warms up."""
        sizes = []
        for policy in self.of(group):
            if isinstance(policy.plan, Tracking) and policy.plan.scale_in and policy.enabled:
                low = next((a for a in self._own(policy) if not is_high(a)), None)
                if low is None or low.state != ALARM or self._warm(group, policy) < group.desired:
                    return group.desired
                sizes.append(self._tracked(group, policy, policy.plan, low, highest(low)))
        return min(group.desired, max(sizes, default=group.desired))

    def _own(self, policy: Policy) -> list[Alarm]:
        found = (self.alarms.alarms.get((policy.region, name)) for name in policy.alarms)
        return [alarm for alarm in found if alarm is not None]

    def _tracked(self, group: Group, policy: Policy, plan: Tracking, alarm: Alarm, value: float) -> int:
        return tracked(self._behind(group, policy, plan, alarm), value, plan.bound(alarm.rule.period))

    def _behind(self, group: Group, policy: Policy, plan: Tracking, alarm: Alarm) -> float:
        """How many the metric was an average over: those that were healthy then, or those that are warm."""
        if plan.behind is None:
            return self._warm(group, policy) or len(group.in_service())
        period = self.lab.real(alarm.rule.period)
        span = alarm.evaluated * period, (alarm.evaluated + 1) * period
        counted = statistic(self.alarms.metrics[group.region].between(plan.behind, *span), "Average")
        return len(group.in_service()) if counted is None else counted

    def _warm(self, group: Group, policy: Policy) -> int:
        span = next((s for s in (policy.warmup, group.warmup) if s is not None), group.cooldown)
        return sum(not warming(member, self.lab.real(span)) for member in group.in_service())

    # Step and simple scaling

    def _stepped(self, group: Group, policy: Policy, plan: Stepwise, difference: float) -> int:
        step = stepped(plan.steps, difference)
        if step is None:
            return group.desired
        return after_step(step, plan.kind, plan.magnitude, group.desired, self._warm(group, policy))

    def _simple(self, group: Group, plan: Simple) -> int:
        if self.cooldowns.holds(group):
            return group.desired
        return adjusted(plan.kind, group.desired, plan.amount, plan.magnitude)

    def execute(self, group: Group, policy: Policy, difference: float | None) -> None:
        """Carry out a policy by hand; `difference` is what a step policy goes by. From any thread."""
        match policy.plan:
            case Stepwise() as plan if difference is not None:
                wanted = self._stepped(group, policy, plan, difference)
            case Simple() as plan:
                wanted = adjusted(plan.kind, group.desired, plan.amount, plan.magnitude)
            case _:
                raise AwsError("ValidationError", f"{policy.type} policies cannot be executed like this")
        wanted = self._limited(group, wanted)
        self._carry_out(group, policy, wanted, words.by_hand(policy.name, group.desired, wanted))

    # Predictive scaling

    async def run(self) -> None:
        """Follow forecasts for ever."""
        await self.lab.every(BEAT, self.foresee)

    async def foresee(self) -> None:
        """Have each group be as large as its forecast asks for."""
        for group in self.groups.groups.values():
            for policy in self.of(group):
                if isinstance(policy.plan, Predictive) and policy.plan.scales and policy.enabled:
                    self._foresee(group, policy, policy.plan)

    def _foresee(self, group: Group, policy: Policy, plan: Predictive) -> None:
        elapsed = (now().timestamp() - plan.began) * self.lab.recipe.time_scale
        group.floor = needed(self.forecast, elapsed, plan.buffer, plan.target)
        wanted = self._limited(group, max(group.desired, group.floor))
        self._carry_out(group, policy, wanted, words.by_forecast(policy.name, group.desired, wanted))
