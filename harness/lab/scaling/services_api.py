"""The Application Auto Scaling API, for the ECS service of the region that was asked."""

import re
from datetime import UTC, datetime
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.lab import now
from harness.lab.control.records import ACCOUNT
from harness.lab.scaling.policy import Policy
from harness.lab.scaling.schedule import ScheduledAction
from harness.lab.scaling.service import DIMENSION, NAMESPACE, ScalableService, ServiceActivity
from harness.lab.scaling.services import IN, OUT, SCHEDULED, Services

_SERVICE = "application-autoscaling"
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


class ServicesApi(Response):
    """Registers and describes the scalable target, its policies, scheduled actions and activities."""

    def __init__(self, services: Services) -> None:
        super().__init__(_SERVICE)
        self.services = services

    # Targets

    def register_scalable_target(self) -> ActionResult:
        self._resource()
        limits = self._limit("MinCapacity"), self._limit("MaxCapacity")
        known = self.services.targets.get(self.region)
        low = known.minimum if limits[0] is None and known else limits[0]
        high = known.maximum if limits[1] is None and known else limits[1]
        if low is None or high is None:
            raise AwsError("ValidationException", "Minimum and maximum capacity must be specified")
        if low > high:
            raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
        suspended = {name: _true(value) for name, value in (self.ask("SuspendedState") or {}).items()}
        return ActionResult({"ScalableTargetARN": self.services.register(self.region, (low, high), suspended)})

    def _limit(self, name: str, value: Any = None) -> int | None:
        value = self.ask(name) if value is None else value
        if value is not None and int(value) < 0:
            raise AwsError("ValidationException", f"{name} must not be negative")
        return None if value is None else int(value)

    def describe_scalable_targets(self) -> ActionResult:
        self._namespace()
        ids, target = self.ask("ResourceIds") or [], self.services.targets.get(self.region)
        found = [self._described_target(t) for t in [target] if t is not None and (not ids or t.id in ids)]
        return ActionResult({"ScalableTargets": found})

    def deregister_scalable_target(self) -> EmptyResult:
        self._target()
        self.services.deregister(self.region)
        return EmptyResult()

    @staticmethod
    def _described_target(target: ScalableService) -> dict[str, Any]:
        role = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling"
        return {
            **_named(target.id),
            "MinCapacity": target.minimum,
            "MaxCapacity": target.maximum,
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:{role}_ECSService",
            "CreationTime": target.created,
            "SuspendedState": {name: target.suspended.get(name, False) for name in (IN, OUT, SCHEDULED)},
            "ScalableTargetARN": target.arn,
        }

    # Policies

    def put_scaling_policy(self) -> ActionResult:
        self._target()
        policy = self.services.put(self.region, dict(self.params))
        return ActionResult({"PolicyARN": policy.arn, "Alarms": self._alarms(policy)})

    def describe_scaling_policies(self) -> ActionResult:
        self._namespace()
        names = self.ask("PolicyNames") or []
        found = [p for p in self.services.of(self.region) if not names or p.name in names]
        found = [p for p in found if self.ask("ResourceId") in (None, p.group)]
        some, token = page(list(map(self._described_policy, found)), self.ask("NextToken"), self.ask("MaxResults"))
        return ActionResult({"ScalingPolicies": some, "NextToken": token})

    def _described_policy(self, policy: Policy) -> dict[str, Any]:
        configurations = ("StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")
        return {
            **_named(policy.group),
            **{name: policy.asked.get(name) for name in configurations},
            "PolicyName": policy.name,
            "PolicyARN": policy.arn,
            "PolicyType": policy.type,
            "Alarms": self._alarms(policy),
            "CreationTime": self._target_of(policy.group).created,
        }

    def _alarms(self, policy: Policy) -> list[dict[str, str]]:
        return [{"AlarmName": alarm.name, "AlarmARN": alarm.arn} for alarm in self.services.calling(policy)]

    def delete_scaling_policy(self) -> EmptyResult:
        self._target()
        name = self.ask("PolicyName")
        policy = self.services.policies.get((self.region, name))
        if policy is None:
            raise AwsError("ObjectNotFoundException", f"No scaling policy found for {_place(self.ask('ResourceId'))}")
        self.services.delete(policy)
        return EmptyResult()

    # Activities

    def describe_scaling_activities(self) -> ActionResult:
        self._namespace()
        target = self.services.targets.get(self.region)
        if target is None or self.ask("ResourceId") not in (None, target.id):
            return ActionResult({"ScalingActivities": []})
        told = [self._told(target, activity) for activity in list(target.activities)]
        some, token = page(told, self.ask("NextToken"), self.ask("MaxResults"), 50)
        return ActionResult({"ScalingActivities": some, "NextToken": token})

    @staticmethod
    def _told(target: ScalableService, activity: ServiceActivity) -> dict[str, Any]:
        return {
            **_named(target.id),
            "ActivityId": activity.id,
            "Description": f"Setting desired count to {activity.count}.",
            "Cause": activity.cause,
            "StartTime": activity.started,
            "EndTime": activity.ended,
            "StatusCode": activity.status,
            "StatusMessage": activity.message,
        }

    # Scheduled actions

    def put_scheduled_action(self) -> EmptyResult:
        target, sizes = self._target(), self.ask("ScalableTargetAction") or {}
        for name in ("StartTime", "EndTime", "Timezone"):
            if self.ask(name):
                raise NotInTheLab(_SERVICE, f"PutScheduledAction with {name}")
        low, high = (self._limit(name, sizes.get(name)) for name in ("MinCapacity", "MaxCapacity"))
        if low is None and high is None:
            raise AwsError("ValidationException", "Either minimum or maximum capacity must be specified")
        action = ScheduledAction(
            name=self.ask("ScheduledActionName"),
            group=target.id,
            region=self.region,
            start=self._start(),
            minimum=low,
            maximum=high,
        )
        self.services.actions[self.region, action.name] = action
        return EmptyResult()

    def _start(self) -> datetime:
        asked = _AT.fullmatch(self.ask("Schedule") or "")
        if asked is None:
            raise NotInTheLab(_SERVICE, f"PutScheduledAction with the schedule {self.ask('Schedule')}")
        start = datetime.fromisoformat(asked[1]).replace(tzinfo=UTC)
        if start < now():
            raise AwsError("ValidationException", "Scheduled action start time is in the past")
        return start

    def describe_scheduled_actions(self) -> ActionResult:
        self._namespace()
        names = self.ask("ScheduledActionNames") or []
        actions = [a for (region, _), a in sorted(self.services.actions.items()) if region == self.region]
        found = [self._described_action(a) for a in actions if not names or a.name in names]
        return ActionResult({"ScheduledActions": found})

    def _described_action(self, action: ScheduledAction) -> dict[str, Any]:
        at = f"at({action.start:%Y-%m-%dT%H:%M:%S})"
        return {
            **_named(action.group),
            "ScheduledActionName": action.name,
            "ScheduledActionARN": f"arn:aws:autoscaling:{self.region}:{ACCOUNT}:scheduledAction:{action.name}",
            "Schedule": f"rate({action.every:g} model seconds)" if action.every else at,
            "ScalableTargetAction": {"MinCapacity": action.minimum, "MaxCapacity": action.maximum},
            "CreationTime": self._target_of(action.group).created,
        }

    def delete_scheduled_action(self) -> EmptyResult:
        self._target()
        if self.services.actions.pop((self.region, self.ask("ScheduledActionName")), None) is None:
            raise AwsError("ObjectNotFoundException", f"No scheduled action found for {_place(self.ask('ResourceId'))}")
        return EmptyResult()

    # What is asked about

    def _namespace(self) -> None:
        if self.ask("ServiceNamespace") != NAMESPACE:
            raise NotInTheLab(_SERVICE, f"scaling of {self.ask('ServiceNamespace')}")

    def _resource(self) -> str:
        self._namespace()
        asked, known = self.ask("ResourceId"), self.services.resource(self.region)
        if self.ask("ScalableDimension") != DIMENSION:
            raise AwsError("ValidationException", f"Unsupported scalable dimension; ECS has {DIMENSION}")
        if not known or asked != known:
            raise AwsError("ValidationException", f"ECS service doesn't exist: {asked}")
        return known

    def _target(self) -> ScalableService:
        return self._target_of(self._resource())

    def _target_of(self, id: str) -> ScalableService:
        if (target := self.services.targets.get(self.region)) is None:
            raise AwsError("ObjectNotFoundException", f"No scalable target registered for {_place(id)}")
        return target


def _named(id: str) -> dict[str, str]:
    return {"ServiceNamespace": NAMESPACE, "ResourceId": id, "ScalableDimension": DIMENSION}


def _place(id: str) -> str:
    return f"service namespace: {NAMESPACE}, resource ID: {id}, scalable dimension: {DIMENSION}"


def _true(value: object) -> bool:
    return str(value).lower() == "true"
