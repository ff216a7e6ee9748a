"""The part of the Auto Scaling API that is about scheduled actions."""

from datetime import datetime
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, page
from harness.lab.control.lab import now
from harness.lab.scaling.groups_api import GroupsApi
from harness.lab.scaling.schedule import Schedule, ScheduledAction


class ScheduleApi(GroupsApi):
    """Puts, describes and deletes scheduled actions."""

    schedule: Schedule

    def put_scheduled_update_group_action(self) -> EmptyResult:
        group = self._group()
        for name in ("Recurrence", "EndTime", "TimeZone"):
            if self.ask(name):
                raise NotInTheLab("autoscaling", f"PutScheduledUpdateGroupAction with {name}")
        low, high, desired = (self._asked_size(name) for name in ("MinSize", "MaxSize", "DesiredCapacity"))
        if low is None and high is None and desired is None:
            raise AwsError("ValidationError", "At least one of DesiredCapacity, MinSize or MaxSize must be specified")
        if low is not None and high is not None and low > high:
            raise AwsError("ValidationError", f"Max bound, {high}, must be greater than or equal to min bound, {low}")
        action = ScheduledAction(
            name=self.ask("ScheduledActionName"),
            group=group.name,
            region=group.region,
            start=self._start_time(),
            minimum=low,
            maximum=high,
            desired=desired,
        )
        self.schedule.put(action)
        return EmptyResult()

    def _asked_size(self, name: str) -> int | None:
        value = self.ask(name)
        if value is not None and int(value) < 0:
            raise AwsError("ValidationError", f"{name} must not be negative")
        return None if value is None else int(value)

    def _start_time(self) -> datetime:
        start = _aware(self.ask("StartTime") or self.ask("Time"))
        if start is None:
            raise AwsError("ValidationError", "A StartTime must be specified")
        if start < now():
            raise AwsError("ValidationError", "Given start time is in the past")
        return start

    def describe_scheduled_actions(self) -> ActionResult:
        names, group = self.ask("ScheduledActionNames", []), self.ask("AutoScalingGroupName")
        found = [a for g in self._groups() if group in (None, g.name) for a in self.schedule.of(g)]
        found = [a for a in found if not names or a.name in names]
        since, until = _aware(self.ask("StartTime")), _aware(self.ask("EndTime"))
        if not names:
            found = [a for a in found if (not since or a.start >= since) and (not until or a.start <= until)]
        some, token = page(list(map(self._described_action, found)), self.ask("NextToken"), self.ask("MaxRecords"))
        return ActionResult({"ScheduledUpdateGroupActions": some, "NextToken": token})

    def _described_action(self, action: ScheduledAction) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": action.group,
            "ScheduledActionName": action.name,
            "Time": action.start,
            "StartTime": action.start,
            "EndTime": action.end,
            "Recurrence": f"every {action.every:g} model seconds" if action.every else None,
            "MinSize": action.minimum,
            "MaxSize": action.maximum,
            "DesiredCapacity": action.desired,
        }

    def delete_scheduled_action(self) -> EmptyResult:
        group, name = self._group(), self.ask("ScheduledActionName")
        if self.schedule.actions.pop((group.region, name), None) is None:
            raise AwsError("ValidationError", f"Scheduled action name not found: {name}")
        return EmptyResult()


def _aware(at: Any) -> datetime | None:
    if not at:
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment if moment.tzinfo else moment.replace(tzinfo=now().tzinfo)
