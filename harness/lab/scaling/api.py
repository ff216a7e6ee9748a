"""The Auto Scaling API."""

from harness.lab.scaling.groups import Groups
from harness.lab.scaling.hooks_api import HooksApi
from harness.lab.scaling.policies import Policies
from harness.lab.scaling.policies_api import PoliciesApi
from harness.lab.scaling.schedule import Schedule
from harness.lab.scaling.schedule_api import ScheduleApi
from harness.lab.scaling.warm_pool_api import WarmPoolApi


class ScalingApi(PoliciesApi, ScheduleApi, HooksApi, WarmPoolApi):
    """Groups, policies, schedules, hooks and warm pools of the region that was asked."""

    def __init__(self, groups: Groups, policies: Policies, schedule: Schedule) -> None:
        super().__init__("autoscaling")
        self.groups, self.policies, self.schedule = groups, policies, schedule
