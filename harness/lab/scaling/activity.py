"""Scaling activities: what a group did to an instance, and why, in the words of DescribeScalingActivities."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.lab import now
from harness.lab.control.records import INSTANCE_TYPE

IN_PROGRESS, PRE_IN_SERVICE = "InProgress", "PreInService"
IN_HOOK, IN_TERMINATING_HOOK = "MidLifecycleAction", "MidTerminatingLifecycleAction"
DRAINING = "WaitingForELBConnectionDraining"
SUCCESSFUL, FAILED, CANCELLED = "Successful", "Failed", "Cancelled"

_REPLACED = "an instance was launched in response to an unhealthy instance needing to be replaced."
_PROGRESS = {IN_PROGRESS: 0, PRE_IN_SERVICE: 30, IN_HOOK: 40, DRAINING: 50, IN_TERMINATING_HOOK: 60}


@dataclass(slots=True, kw_only=True)
class Activity:
    """One launch or termination."""

    description: str
    cause: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    zone: str = ""
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    status: str = IN_PROGRESS
    message: str = ""

    @property
    def progress(self) -> int:
        """How far it is, in percent; 100 when it is over, however it ended."""
        return 100 if self.ended else _PROGRESS[self.status]

    def end(self, status: str, message: str = "") -> None:
        """Close it, unless it is over already."""
        if self.ended is None:
            self.status, self.message, self.ended = status, message, now()


def at(moment: datetime | None = None) -> str:
    """A moment as causes write it."""
    return f"At {moment or now():%Y-%m-%dT%H:%M:%SZ}"


def by_request(before: int, after: int) -> str:
    """That SetDesiredCapacity changed the desired capacity."""
    said = "a user request explicitly set group desired capacity changing the desired capacity"
    return f"{at()} {said} from {before} to {after}."


def by_update(limits: tuple[int, int], before: int, after: int, who: str = "user request") -> str:
    """That an update of the group's sizes, by a user or a scheduled action, changed the desired capacity."""
    constraints = f"min: {limits[0]}, max: {limits[1]}, desired: {after}"
    said = f"a {who} update of AutoScalingGroup constraints to {constraints} changing the desired capacity"
    return f"{at()} {said} from {before} to {after}."


def by_alarm(alarm: str, policy: str, before: int, after: int) -> str:
    """That an alarm had a policy change the desired capacity."""
    said = f"a monitor alarm {alarm} in state ALARM triggered policy {policy} changing the desired capacity"
    return f"{at()} {said} from {before} to {after}."


def by_hand(policy: str, before: int, after: int) -> str:
    """That ExecutePolicy had a policy change the desired capacity."""
    return f"{at()} a user request executed policy {policy} changing the desired capacity from {before} to {after}."


def by_forecast(policy: str, before: int, after: int) -> str:
    """That a predictive scaling policy changed the desired capacity."""
    said = f"predictive scaling policy {policy} changed the desired capacity"
    return f"{at()} {said} from {before} to {after}."


def started(trigger: str, before: int, after: int) -> str:
    """Why instances were launched."""
    if trigger.endswith(_REPLACED):
        return trigger
    why = "an instance was started in response to a difference between desired and actual capacity"
    return _told(trigger, f"{why}, increasing the capacity from {before} to {after}.")


def shrunk(trigger: str, before: int, after: int, instance: str) -> str:
    """Why an instance was terminated."""
    why = "an instance was taken out of service in response to a difference between desired and actual capacity"
    chosen = f"{at()} instance {instance} was selected for termination."
    return _told(trigger, f"{why}, shrinking the capacity from {before} to {after}.  {chosen}")


def unhealthy(check: str) -> str:
    """Why an unhealthy instance was taken out of service."""
    return f"{at()} an instance was taken out of service in response to {check}."


def replaced() -> str:
    """Why another one was launched in its place."""
    return f"{at()} {_REPLACED}"


def _told(trigger: str, why: str) -> str:
    return f"{trigger}  {at()} {why}" if trigger else f"{at()} {why}"


def failed_launch(zone: str, cause: str) -> Activity:
    """A launch in a zone that has no capacity, as a group reports it."""
    lacks = f"We currently do not have sufficient {INSTANCE_TYPE} capacity in the Availability Zone you requested"
    because = f"{lacks} ({zone}). Launching EC2 instance failed."
    activity = Activity(description=f"Launching a new EC2 instance.  Status Reason: {because}", cause=cause, zone=zone)
    activity.end(FAILED, because)
    return activity
