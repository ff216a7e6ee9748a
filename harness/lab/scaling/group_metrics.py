"""The metrics of groups in AWS/AutoScaling, published once a period for those groups that collect them."""

import time
from collections.abc import Iterable

from harness.lab.control.lab import Lab
from harness.lab.control.metrics import Metrics, datum, key
from harness.lab.scaling.group import Group
from harness.lab.scaling.groups import Groups
from harness.lab.scaling.lifecycle import LEAVING, STARTING, WARMED_PENDING, WARMED_STOPPED, WARMED_TERMINATING
from harness.lab.scaling.warm_pool import pool_size

NAMESPACE = "AWS/AutoScaling"
PERIOD = 60.0  # model seconds


def measured(group: Group) -> dict[str, int]:
    """The value of each metric of a group, now."""
    members, pool = list(group.members.values()), list(group.pool.values())
    wanted = pool_size(group.warm_pool, group.maximum, group.desired)
    return {
        "GroupMinSize": group.minimum,
        "GroupMaxSize": group.maximum,
        "GroupDesiredCapacity": group.desired,
        "GroupInServiceInstances": sum(m.in_service for m in members),
        "GroupPendingInstances": sum(m.lifecycle in STARTING for m in members),
        "GroupTerminatingInstances": sum(m.lifecycle in LEAVING for m in members),
        "GroupTotalInstances": len(members),
        "WarmPoolMinSize": group.warm_pool.minimum if group.warm_pool else 0,
        "WarmPoolDesiredCapacity": wanted,
        "WarmPoolPendingCapacity": sum(m.lifecycle == WARMED_PENDING for m in pool),
        "WarmPoolTerminatingCapacity": sum(m.lifecycle == WARMED_TERMINATING for m in pool),
        "WarmPoolWarmedCapacity": sum(m.lifecycle == WARMED_STOPPED for m in pool),
        "WarmPoolTotalCapacity": len(pool),
        "GroupAndWarmPoolDesiredCapacity": group.desired + wanted,
        "GroupAndWarmPoolTotalCapacity": len(members) + len(pool),
    }


METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "WarmPoolMinSize",
    "WarmPoolDesiredCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
)


class GroupPublisher:
    """Puts the metrics of every group that collects them."""

    def __init__(self, lab: Lab, groups: Groups, metrics: dict[str, Metrics]) -> None:
        self.lab, self.groups, self.metrics = lab, groups, metrics

    async def run(self) -> None:
        """Publish for ever."""
        await self.lab.every(PERIOD, self.publish)

    async def publish(self) -> None:
        """Put one datum of each metric that is collected."""
        for group in self._collecting():
            values = measured(group)
            for name in group.collected:
                metric = key(NAMESPACE, name, {"AutoScalingGroupName": group.name})
                self.metrics[group.region].put(metric, datum(time.time(), [values[name]], "None"))

    def _collecting(self) -> Iterable[Group]:
        return (group for group in self.groups.groups.values() if group.collected)
