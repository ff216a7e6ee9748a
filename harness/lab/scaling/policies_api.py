"""The part of the Auto Scaling API that is about scaling policies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, page
from harness.lab.control.lab import now
from harness.lab.scaling.forecast import needed
from harness.lab.scaling.group import Group
from harness.lab.scaling.groups_api import GroupsApi, cooling_down
from harness.lab.scaling.policies import Policies
from harness.lab.scaling.policy import TYPES, Policy, Predictive, Simple, Stepwise


class PoliciesApi(GroupsApi):
    """Puts, describes, executes and deletes policies."""

    policies: Policies

    def put_scaling_policy(self) -> ActionResult:
        policy = self.policies.put(self._group(), dict(self.params))
        return ActionResult({"PolicyARN": policy.arn, "Alarms": self._alarms(policy)})

    def describe_policies(self) -> ActionResult:
        names, types, group = self.ask("PolicyNames", []), self.ask("PolicyTypes", []), self.ask("AutoScalingGroupName")
        if unknown := [type for type in types if type not in TYPES]:
            raise AwsError("ValidationError", f"there are no policies of type {', '.join(unknown)}")
        found = [
            self._described_policy(policy)
            for each in self._groups()
            for policy in self.policies.of(each)
            if group in (None, each.name)
            and (not names or policy.name in names or policy.arn in names)
            and (not types or policy.type in types)
        ]
        some, token = page(found, self.ask("NextToken"), self.ask("MaxRecords"))
        return ActionResult({"ScalingPolicies": some, "NextToken": token})

    def _described_policy(self, policy: Policy) -> dict[str, Any]:
        asked = {name: value for name, value in policy.asked.items() if name not in ("Enabled", "PolicyType")}
        return {
            **asked,
            "PolicyARN": policy.arn,
            "PolicyType": policy.type,
            "Enabled": policy.enabled,
            "Alarms": self._alarms(policy),
            **({"MetricAggregationType": policy.plan.aggregation} if isinstance(policy.plan, Stepwise) else {}),
        }

    def _alarms(self, policy: Policy) -> list[dict[str, str]]:
        return [{"AlarmName": alarm.name, "AlarmARN": alarm.arn} for alarm in self.policies.calling(policy)]

    def delete_policy(self) -> EmptyResult:
        self.policies.delete(self._policy())
        return EmptyResult()

    def execute_policy(self) -> EmptyResult:
        group, policy = self._only_group(), self._policy()
        value, threshold = self.ask("MetricValue"), self.ask("BreachThreshold")
        if isinstance(policy.plan, Stepwise) and (value is None or threshold is None):
            raise AwsError("ValidationError", "Step policies need MetricValue and BreachThreshold")
        honoured = str(self.ask("HonorCooldown", False)).lower() == "true"
        if honoured and isinstance(policy.plan, Simple) and self.cooling(group):
            raise cooling_down(group)
        self.policies.execute(group, policy, None if value is None else float(value) - float(threshold))
        return EmptyResult()

    def cooling(self, group: Group) -> bool:
        """Whether a cooldown of simple scaling is in force."""
        return self.policies.cooldowns.holds(group)

    def _only_group(self) -> Group:
        groups = self._groups()
        return self._group() if self.ask("AutoScalingGroupName") or not groups else groups[0]

    def _policy(self) -> Policy:
        named = self.ask("PolicyName")
        for policy in self.policies.of(self._only_group()):
            if named in (policy.name, policy.arn):
                return policy
        raise AwsError("ValidationError", f"PolicyName not found - {named}")

    def get_predictive_scaling_forecast(self) -> ActionResult:
        self._group()
        policy = self._policy()
        if not isinstance(policy.plan, Predictive):
            raise AwsError("ValidationError", f"{policy.name} is not a predictive scaling policy")
        since, until = _wall(self.ask("StartTime")), _wall(self.ask("EndTime"))
        points = [(at, load) for at, load in self._forecast(policy.plan) if since <= at <= until]
        moments = [datetime.fromtimestamp(at, tz=UTC) for at, _ in points]
        specification: Mapping[str, Any] = policy.asked["PredictiveScalingConfiguration"]["MetricSpecifications"][0]
        load = {"Timestamps": moments, "Values": [load for _, load in points], "MetricSpecification": specification}
        capacity = [float(needed([(0.0, load)], 0.0, 0.0, policy.plan.target)) for _, load in points]
        forecast = {"Timestamps": moments, "Values": capacity}
        began = datetime.fromtimestamp(policy.plan.began, tz=UTC)
        return ActionResult({"LoadForecast": [load], "CapacityForecast": forecast, "UpdateTime": began})

    def _forecast(self, plan: Predictive) -> list[tuple[float, float]]:
        real = self.policies.lab.real
        return [(plan.began + real(at), load) for at, load in self.policies.forecast]


def _wall(at: Any) -> float:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return float((moment if moment.tzinfo else moment.replace(tzinfo=now().tzinfo)).timestamp())
