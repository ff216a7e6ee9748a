"""Publishes what the balancers count as the metrics of AWS/ApplicationELB. As on AWS, a count of zero is no datum."""

import time
from collections.abc import Mapping

from harness.lab.control.alarms import Alarms
from harness.lab.control.metrics import datum, key
from harness.lab.plane import BalancerMetrics

NAMESPACE = "AWS/ApplicationELB"

_COUNTS = {
    "RequestCount": "request_count",
    "HTTPCode_Target_2XX_Count": "target_2xx",
    "HTTPCode_Target_4XX_Count": "target_4xx",
    "HTTPCode_Target_5XX_Count": "target_5xx",
    "HTTPCode_ELB_5XX_Count": "elb_5xx",
}


def balancer_dimension(arn: str) -> dict[str, str]:
    """The dimension that names a load balancer: app/name/id."""
    return {"LoadBalancer": arn.partition(":loadbalancer/")[2]}


def target_dimension(arn: str) -> dict[str, str]:
    """The dimension that names a target group: targetgroup/name/id."""
    return {"TargetGroup": arn.rpartition(":")[2]}


class BalancerPublisher:
    """Takes `DataPlane.on_metrics`. `arns` gives the load balancer and the target group of each region."""

    def __init__(self, alarms: Alarms, arns: Mapping[str, tuple[str, str]]) -> None:
        self.alarms, self.arns = alarms, arns

    def publish(self, region: str, counted: BalancerMetrics) -> None:
        """Put one report of a balancer."""
        balancer, group = self.arns[region]
        lb, both = balancer_dimension(balancer), {**balancer_dimension(balancer), **target_dimension(group)}
        at, metrics = time.time(), self.alarms.metrics[region]
        for name, attribute in _COUNTS.items():
            if count := getattr(counted, attribute):
                for dimensions in (lb, both) if not name.startswith("HTTPCode_ELB") else (lb,):
                    metrics.put(key(NAMESPACE, name, dimensions), datum(at, [count], "Count"))
        metrics.put(key(NAMESPACE, "HealthyHostCount", both), datum(at, [counted.healthy_hosts], "Count"))
        metrics.put(key(NAMESPACE, "UnHealthyHostCount", both), datum(at, [counted.unhealthy_hosts], "Count"))
        if counted.response_times:
            for dimensions in (lb, both):
                times = datum(at, counted.response_times, "Seconds")
                metrics.put(key(NAMESPACE, "TargetResponseTime", dimensions), times)
