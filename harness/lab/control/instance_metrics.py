"""Publishes what instances report: the CPU of EC2 and ECS, and by what the business counts."""

import time
from collections.abc import Iterator, Mapping

from harness.lab.control.alarms import Alarms
from harness.lab.control.metrics import datum, key
from harness.lab.ecs.cluster import SERVICE, Cluster
from harness.lab.scaling.group import Group, warming
from harness.lab.scaling.member import Member
from harness.lab.states import InstanceReport

BUSINESS = "CustomMetrics"
ORDERS, REVENUE, CARTS = "OrdersCompleted", "Revenue", "CartsCreated"
_CPU = "CPUUtilization"


class InstancePublisher:
    """Takes `DataPlane.on_report`. `groups` and `clusters` are what instances and tasks belong to, by region."""

    def __init__(self, alarms: Alarms, groups: Mapping[str, Group], clusters: Mapping[str, Cluster]) -> None:
        self.alarms, self.groups, self.clusters = alarms, groups, clusters

    def publish(self, region: str, instance_id: str, report: InstanceReport) -> None:
        """Put one report of an instance. Nothing sold is a datum of 0: no datum means that nobody reported."""
        at, metrics = time.time(), self.alarms.metrics[region]
        if report.cpu_percent is not None:
            for namespace, dimensions in self._names(region, instance_id):
                metrics.put(key(namespace, _CPU, dimensions), datum(at, [report.cpu_percent], "Percent"))
        metrics.put(key(BUSINESS, ORDERS, {}), datum(at, [report.orders], "Count"))
        metrics.put(key(BUSINESS, REVENUE, {}), datum(at, [report.revenue_cents / 100]))
        metrics.put(key(BUSINESS, CARTS, {}), datum(at, [report.carts], "Count"))

    def _warms_up(self, group: Group, member: Member) -> bool:
        """Whether a group leaves a member out of its own metric, not in service or in its default warm-up."""
        return not member.in_service or warming(member, self.alarms.lab.real(group.warmup or 0.0))

    def _names(self, region: str, instance_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Under which namespaces and dimensions the CPU of an instance is published."""
        if (cluster := self.clusters.get(region)) is not None:
            yield "AWS/ECS", {"ClusterName": cluster.name, "ServiceName": SERVICE}
            return
        yield "AWS/EC2", {"InstanceId": instance_id}
        group = self.groups.get(region)
        member = group.members.get(instance_id) if group is not None else None
        if group is not None and member is not None and not self._warms_up(group, member):
            yield "AWS/EC2", {"AutoScalingGroupName": group.name}
