"""Reads the metrics of the stack after a run: what CloudWatch has of demand, of load on instances, of the business."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from harness.aws.cloudwatch import AlarmRule, Metric
from harness.aws.site import Site
from harness.errors import CallFailed
from harness.model.history import Series
from harness.stack.descriptor import Business, Region

PERIOD_SECONDS = 60


def collect(
    site: Site,
    rules: Mapping[str, tuple[AlarmRule, ...]],
    origin: datetime,
    since: float,
    until: float,
) -> tuple[tuple[Series, ...], tuple[str, ...]]:
    """The series of every region between two moments of the run, and why some are missing.

    `rules` are those of scaling alarms by region, `origin` what the clock of AWS said when the run started.
    """
    found: list[Series] = []
    missing: list[str] = []
    began, ended = (origin + timedelta(seconds=at) for at in (since, until))
    every = [rule.metric.period for each in rules.values() for rule in each]
    period = min(every, default=PERIOD_SECONDS)  # one for all regions: what they sold is added up
    for region, described in site.stack.regions.items():
        wanted = tuple(metrics_of(described, site.stack.business, rules.get(region, ()), period))
        try:
            points = site.cloudwatch(region).points(wanted, began, ended)
        except CallFailed as error:
            missing.append(str(error))
            continue
        found += [_series(region, metric, some, origin) for metric, some in zip(wanted, points, strict=True)]
    return tuple(found), tuple(missing)


def metrics_of(
    described: Region, business: Business | None, rules: Iterable[AlarmRule], period: int = PERIOD_SECONDS
) -> Iterator[Metric]:
    """The metrics of a region, each once: those that scale it, of its balancer, of its instances, of the business.

    What scales it has the period of its alarm, all else has `period`.
    """
    wanted = [rule.metric for rule in rules]
    wanted += [*_of_balancer(described, period), *_of_group(described, period), *_of_business(business, period)]
    names = set()
    for metric in wanted:
        name = (metric.namespace, metric.name, metric.statistic, tuple(sorted(metric.dimensions.items())))
        if name not in names:
            names.add(name)
            yield metric


def _of_balancer(described: Region, period: int) -> Iterator[Metric]:
    namespace = "AWS/ApplicationELB"
    balancer = {"LoadBalancer": described.load_balancer.partition(":loadbalancer/")[2]}
    if balancer["LoadBalancer"]:
        for name, statistic in (("RequestCount", "Sum"), ("TargetResponseTime", "p95")):
            yield Metric(namespace=namespace, name=name, statistic=statistic, period=period, dimensions=balancer)
    if targets := described.target_group.rpartition(":")[2]:
        dimensions = {"TargetGroup": targets}
        yield Metric(
            namespace=namespace, name="RequestCountPerTarget", statistic="Sum", period=period, dimensions=dimensions
        )


def _of_group(described: Region, period: int) -> Iterator[Metric]:
    if described.ecs_service:
        namespace = "AWS/ECS"
        dimensions = {"ClusterName": described.ecs_cluster, "ServiceName": described.ecs_service}
    elif described.auto_scaling_group:
        namespace, dimensions = "AWS/EC2", {"AutoScalingGroupName": described.auto_scaling_group}
    else:
        return
    yield Metric(namespace=namespace, name="CPUUtilization", statistic="Average", period=period, dimensions=dimensions)


def _of_business(business: Business | None, period: int) -> Iterator[Metric]:
    named = (business.orders, business.revenue, business.carts) if business else ()
    for name in filter(None, named):
        yield Metric(namespace=business.namespace if business else "", name=name, statistic="Sum", period=period)


def _series(region: str, metric: Metric, points: Iterable[tuple[datetime, float]], origin: datetime) -> Series:
    return Series(
        region=region,
        namespace=metric.namespace,
        name=metric.name,
        statistic=metric.statistic,
        period=float(metric.period),
        dimensions=metric.dimensions,
        points=tuple((round((at - origin).total_seconds(), 3), float(value)) for at, value in points),
    )
