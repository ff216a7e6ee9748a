"""Publishes what the balancers count as the metrics of AWS/ApplicationELB. As on AWS, a count of zero is no datum,
but for RequestCountPerTarget."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from harness.lab.control.alarms import Alarms
from harness.lab.control.metrics import Datum, datum, key
from harness.lab.plane import BalancerMetrics

NAMESPACE = "AWS/ApplicationELB"

_OF_TARGETS = {
    "RequestCount": "request_count",
    "HTTPCode_Target_2XX_Count": "target_2xx",
    "HTTPCode_Target_3XX_Count": "target_3xx",
    "HTTPCode_Target_4XX_Count": "target_4xx",
    "HTTPCode_Target_5XX_Count": "target_5xx",
    "TargetConnectionErrorCount": "connection_errors",
}
_OF_BALANCER = {
    "HTTPCode_ELB_5XX_Count": "elb_5xx",
    "HTTPCode_ELB_502_Count": "elb_502",
    "HTTPCode_ELB_503_Count": "elb_503",
    "HTTPCode_ELB_504_Count": "elb_504",
    "NewConnectionCount": "new_connections",
    "ActiveConnectionCount": "active_connections",
    "NonStickyRequestCount": "not_sticky",
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
        lb, tg = balancer_dimension(balancer), target_dimension(group)
        at, both = time.time(), {**lb, **tg}
        put = partial(self._put, region, at, counted)
        put(_OF_TARGETS, lb, both)
        put(_OF_BALANCER, lb)
        self._put_datum(region, "HealthyHostCount", datum(at, [counted.healthy_hosts], "Count"), both)
        self._put_datum(region, "UnHealthyHostCount", datum(at, [counted.unhealthy_hosts], "Count"), both)
        if (each := requests_per_target(counted)) is not None:
            self._put_datum(region, "RequestCountPerTarget", datum(at, [each], "Count"), tg, both)
        if counted.response_times:
            self._put_datum(region, "TargetResponseTime", _times(at, counted), lb, both)

    def _put(
        self, region: str, at: float, counted: BalancerMetrics, names: Mapping[str, str], *sets: Mapping[str, str]
    ) -> None:
        for name, attribute in names.items():
            if count := getattr(counted, attribute):
                self._put_datum(region, name, datum(at, [count], "Count"), *sets)

    def _put_datum(self, region: str, name: str, new: Datum, *sets: Mapping[str, str]) -> None:
        for dimensions in sets:
            self.alarms.metrics[region].put(key(NAMESPACE, name, dimensions), new)


def requests_per_target(counted: BalancerMetrics) -> float | None:
    """Requests for each target that could have got one: the healthy ones, or all where none is. None without any."""
    hosts = counted.healthy_hosts or counted.unhealthy_hosts
    return counted.request_count / hosts if hosts else None


def _times(at: float, counted: BalancerMetrics) -> Datum:
    """The response times, with their sum as it was before they were rounded."""
    values, counts = zip(*counted.response_times, strict=True)
    return replace(datum(at, values, "Seconds", counts), total=counted.response_total)
