"""The CloudWatch API of metrics: statistics with percentiles, and metric math.

A `Period` is model seconds, so it covers Period / time_scale of wall time; timestamps are wall time. Periods begin at
whole multiples of themselves; the first one that is asked for is given whole.
"""

import contextlib
import math
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from harness.lab.control.alarm_description import describe_metric
from harness.lab.control.alarms import Alarms
from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.lab import now
from harness.lab.control.metric_queries import Answers, MathError, Query, UnknownFunction, check
from harness.lab.control.metric_series import Series
from harness.lab.control.metric_statistics import SIMPLE, knows
from harness.lab.control.metrics import Datum, Metrics, datum, key, statistic, statistic_set

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_MOST_DATAPOINTS = 100_800
_RECENT = 3 * 3600.0  # model seconds

Result = tuple[Query, str, list[tuple[float, float]]]  # of a query: a label, and values with their times


class MetricsCalls(Response):
    """Serves the metrics of one region a request."""

    def __init__(self, alarms: Alarms) -> None:
        super().__init__("cloudwatch")
        self.alarms = alarms

    @property
    def metrics(self) -> Metrics:
        """The metrics of the region that was asked."""
        return self.alarms.metrics[self.region]

    def put_metric_data(self) -> EmptyResult:
        namespace = self.ask("Namespace")
        if not namespace or namespace.startswith("AWS/"):
            raise AwsError("InvalidParameterValue", f"the namespace {namespace!r} is reserved or empty")
        data = self.ask("MetricData", [])
        if any(not {"Value", "Values", "StatisticValues"} & set(one) for one in data):
            raise AwsError("MissingParameter", "a datum needs Value, Values or StatisticValues")
        for one in data:
            metric = key(namespace, one["MetricName"], dimensions(one.get("Dimensions")))
            self.metrics.put(metric, _datum(one))
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        names = [*(self.ask("Statistics") or []), *(self.ask("ExtendedStatistics") or [])]
        known(names)
        metric = key(self.ask("Namespace"), self.ask("MetricName"), dimensions(self.ask("Dimensions")))
        real = self._real(float(self.ask("Period")))
        found = self.metrics.periods(metric, real, self._numbers(real))
        points = [_point(number * real, data, names) for number, data in found.items()]
        return ActionResult({"Label": metric.name, "Datapoints": points})

    def get_metric_data(self) -> ActionResult:
        with refusing():
            results = list(self._results(self.queries(self.ask("MetricDataQueries", []))))
        if self.ask("ScanBy", "TimestampDescending") == "TimestampDescending":
            results = [(query, label, points[::-1]) for query, label, points in results]
        every = [(n, at, value) for n, (_, _, points) in enumerate(results) for at, value in points]
        token = self.ask("NextToken")
        some, following = page(every, token, self.ask("MaxDatapoints"), _MOST_DATAPOINTS)
        left = {n for n, _, _ in every[every.index(some[-1]) + 1 :]} if some else set()
        empty = {n for n, (_, _, points) in enumerate(results) if not points and not token}
        described = [
            _described(results[n], [(at, value) for m, at, value in some if m == n], n in left)
            for n in sorted({n for n, _, _ in some} | empty)
        ]
        return ActionResult({"MetricDataResults": described, "Messages": [], "NextToken": following})

    def queries(self, asked: list[dict[str, Any]]) -> tuple[Query, ...]:
        """The queries of a request, checked."""
        queries = tuple(map(_query, asked))
        for query in queries:
            if query.expression is None:
                known([query.statistic])
            if "${" in query.label:
                raise NotInTheLab("monitoring", f"dynamic labels ({query.label})")
        with refusing():
            check(queries)
        return queries

    def _results(self, queries: tuple[Query, ...]) -> Iterator[Result]:
        answers = Answers(queries, self._fetch)
        for query in queries:
            if not query.returned:
                continue
            for one in answers.series(query):
                real, values = self._real(one.period), enumerate(one.values, one.first)
                yield query, one.label, [(number * real, value) for number, value in values if value is not None]

    def _fetch(self, query: Query) -> Series:
        assert query.metric is not None and query.period is not None
        real = self._real(query.period)
        numbers = self._numbers(real)
        values = tuple(self.metrics.grid(query.metric, query.statistic, real, numbers))
        label = query.label or query.metric.name
        return Series(values=values, period=query.period, first=numbers.start, label=label, measured=True)

    def _real(self, period: float) -> float:
        if period <= 0:
            raise AwsError("InvalidParameterValue", "Period must be more than 0")
        return self.alarms.lab.real(period)

    def _numbers(self, real: float) -> range:
        """The numbers of the periods that are asked for."""
        since, until = _moment(self.ask("StartTime")), _moment(self.ask("EndTime"))
        if since >= until:
            raise AwsError("InvalidParameterValue", "StartTime must be less than EndTime")
        numbers = range(math.floor(since / real), math.ceil(until / real))
        if len(numbers) > _MOST_DATAPOINTS:
            raise AwsError("InvalidParameterCombination", f"more than {_MOST_DATAPOINTS} datapoints of a metric")
        return numbers

    def list_metrics(self) -> ActionResult:
        namespace, name, asked = self.ask("Namespace"), self.ask("MetricName"), self.ask("Dimensions", [])
        recently = self.ask("RecentlyActive")
        if recently not in (None, "PT3H"):
            raise AwsError("InvalidParameterValue", f"RecentlyActive is PT3H and not {recently!r}")
        since = time.time() - self.alarms.lab.real(_RECENT) if recently else -math.inf
        found = [
            metric
            for metric in self.metrics.known()
            if namespace in (None, metric.namespace)
            and name in (None, metric.name)
            and all(dict(metric.dimensions).get(d["Name"]) in (d.get("Value"), None) for d in asked)
            and {d["Name"] for d in asked} <= set(dict(metric.dimensions))
            and self.metrics.active(metric, since)
        ]
        some, token = page(found, self.ask("NextToken"), None, 500)
        return ActionResult({"Metrics": list(map(describe_metric, some)), "NextToken": token})


def dimensions(listed: list[dict[str, str]] | None) -> dict[str, str]:
    """Dimensions as a mapping."""
    return {d["Name"]: d.get("Value", "") for d in listed or ()}


def flag(asked: Any) -> bool:
    """A boolean of a request."""
    return str(asked).lower() == "true"


def known(names: list[str]) -> None:
    """Refuse statistics that there are not, and the lack of any."""
    if not names or not all(map(knows, names)):
        have = ", ".join(SIMPLE)
        raise AwsError(
            "InvalidParameterValue", f"no statistics {names}; there are {have}, pNN, tm, wm, tc, ts, PR, IQM"
        )


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Answer what is wrong with an expression as the API does; what only the lab lacks is refused by its name."""
    try:
        yield
    except UnknownFunction as error:
        raise NotInTheLab("monitoring", str(error)) from error
    except MathError as error:
        raise AwsError("ValidationError", f"an expression is wrong: {error}") from error


def _query(asked: dict[str, Any]) -> Query:
    id, stat, expression = asked.get("Id", ""), asked.get("MetricStat"), asked.get("Expression")
    if not _ID.fullmatch(id):
        raise AwsError("ValidationError", f"the id {id!r} must begin with a lower case letter")
    if bool(stat) == bool(expression):
        raise AwsError("ValidationError", f"{id}: give one of MetricStat and Expression")
    label, returned = asked.get("Label") or "", flag(asked.get("ReturnData", True))
    if not stat:
        return Query(id=id, expression=expression, label=label, returned=returned)
    wanted = stat["Metric"]
    metric = key(wanted["Namespace"], wanted["MetricName"], dimensions(wanted.get("Dimensions")))
    period = float(stat["Period"])
    return Query(id=id, metric=metric, statistic=stat["Stat"], period=period, label=label, returned=returned)


def _described(result: Result, points: list[tuple[float, float]], partial: bool) -> dict[str, Any]:
    query, label, _ = result
    return {
        "Id": query.id,
        "Label": label,
        "Timestamps": [_when(at) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "PartialData" if partial else "Complete",
    }


def _moment(at: datetime | str) -> float:
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return (at if at.tzinfo else at.replace(tzinfo=now().tzinfo)).timestamp()


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=now().tzinfo)


def _point(start: float, data: list[Datum], names: list[str]) -> dict[str, Any]:
    values = {name: statistic(data, name) for name in names}
    extended = {name: value for name, value in values.items() if name not in SIMPLE and value is not None}
    simple = {name: value for name, value in values.items() if name in SIMPLE}
    return {"Timestamp": _when(start), "Unit": data[0].unit, **simple, "ExtendedStatistics": extended or None}


def _datum(one: dict[str, Any]) -> Datum:
    at, unit = _moment(one.get("Timestamp") or now()), one.get("Unit") or "None"
    if stats := one.get("StatisticValues"):
        return statistic_set(at, stats, unit)
    values = [float(value) for value in one.get("Values") or [one["Value"]]]
    counts = [float(count) for count in one.get("Counts") or [1] * len(values)]
    if len(counts) != len(values):
        raise AwsError("InvalidParameterValue", "Values and Counts must be of the same size")
    return datum(at, values, unit, counts)
