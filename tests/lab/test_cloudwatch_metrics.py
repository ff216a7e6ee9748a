"""CloudWatch's metrics as boto3 sees them: metric math, pages, what balancers publish, alarms on expressions."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.lab.addresses import BALANCER_PORT
from tests.lab.control_lab import PATIENT, US, ControlLab, control_lab, until

ELB = "AWS/ApplicationELB"
SCALE = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US], alarm_period=10, time_scale=SCALE, target_health=PATIENT) as running:
        yield running


def metric(name: str, period: int = 60, stat: str = "Sum", **dimensions: str) -> dict[str, Any]:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    namespace = ELB if dimensions else "Shop"
    return {
        "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": listed},
        "Period": period,
        "Stat": stat,
    }


def beginning(periods: int) -> datetime:
    """The beginning of a period of a minute, so many before the present one."""
    real = 60 / SCALE
    return EPOCH + timedelta(seconds=(datetime.now(UTC).timestamp() // real - periods) * real)


def put(lab: ControlLab, name: str, values: dict[int, float], since: datetime) -> None:
    """A value for some of the periods from a moment on."""
    data = [
        {"MetricName": name, "Value": value, "Timestamp": since + timedelta(seconds=n * 60 / SCALE + 1)}
        for n, value in values.items()
    ]
    lab.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)


def asked(lab: ControlLab, queries: list[dict[str, Any]], since: datetime, periods: int, **more: Any) -> dict[str, Any]:
    end = since + timedelta(seconds=periods * 60 / SCALE)
    found: dict[str, Any] = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=since, EndTime=end, ScanBy="TimestampAscending", **more
    )
    return found


def test_an_expression_is_computed_from_queries_that_return_nothing(lab: ControlLab) -> None:
    since = beginning(4)
    put(lab, "Errors", {0: 1, 2: 3}, since)
    put(lab, "Requests", {0: 10, 1: 10, 2: 0}, since)
    queries = [
        {"Id": "errors", "MetricStat": metric("Errors"), "ReturnData": False},
        {"Id": "requests", "MetricStat": metric("Requests"), "ReturnData": False},
        {"Id": "rate", "Expression": "100 * FILL(errors, 0) / requests", "Label": "errors, %"},
    ]
    [found] = asked(lab, queries, since, 4)["MetricDataResults"]
    assert (found["Id"], found["Label"], found["Values"]) == ("rate", "errors, %", [10, 0])
    assert found["Timestamps"] == [since, since + timedelta(seconds=60 / SCALE)]


def test_an_array_is_answered_with_a_series_for_each_metric(lab: ControlLab) -> None:
    since = beginning(2)
    put(lab, "Left", {0: 4}, since)
    put(lab, "Right", {0: 8}, since)
    queries = [{"Id": name.lower(), "MetricStat": metric(name), "ReturnData": False} for name in ("Left", "Right")]
    found = asked(lab, [*queries, {"Id": "half", "Expression": "METRICS() / 2", "Label": "half"}], since, 2)
    results = found["MetricDataResults"]
    assert [(r["Id"], r["Label"], r["Values"]) for r in results] == [
        ("half", "half Left", [2]),
        ("half", "half Right", [4]),
    ]


def test_a_start_within_a_period_is_rounded_down_to_its_beginning(lab: ControlLab) -> None:
    since = beginning(3)
    put(lab, "Rounded", {0: 5}, since)
    query = {"Id": "m", "MetricStat": metric("Rounded")}
    [found] = asked(lab, [query], since + timedelta(seconds=3), 1)["MetricDataResults"]
    assert (found["Timestamps"], found["Values"]) == ([since], [5])


def test_many_datapoints_come_in_pages(lab: ControlLab) -> None:
    since = beginning(5)
    put(lab, "First", dict.fromkeys(range(3), 1.0), since)
    put(lab, "Second", dict.fromkeys(range(3), 2.0), since)
    queries = [{"Id": name.lower(), "MetricStat": metric(name)} for name in ("First", "Second", "Never")]
    page = asked(lab, queries, since, 4, MaxDatapoints=4)
    found = [(r["Id"], r["Values"], r["StatusCode"]) for r in page["MetricDataResults"]]
    assert found == [("first", [1, 1, 1], "Complete"), ("second", [2], "PartialData"), ("never", [], "Complete")]
    page = asked(lab, queries, since, 4, MaxDatapoints=4, NextToken=page["NextToken"])
    assert [(r["Id"], r["Values"], r["StatusCode"]) for r in page["MetricDataResults"]] == [
        ("second", [2, 2], "Complete")
    ]
    assert "NextToken" not in page


@pytest.mark.parametrize(("expression", "said", "status"), [
    ("SEARCH('x', 'Sum')", "SEARCH", 501),
    ("ANOMALY_DETECTION_BAND(m)", "ANOMALY_DETECTION_BAND", 501),
    ("m +", "the end", 400),
    ("n", "refers to n", 400),
    ("SUM(m)", "must be a time series", 400),
])  # fmt: skip
def test_a_wrong_expression_is_refused_with_what_is_wrong(
    lab: ControlLab, expression: str, said: str, status: int
) -> None:
    queries = [{"Id": "m", "MetricStat": metric("Errors")}, {"Id": "e", "Expression": expression}]
    with pytest.raises(ClientError, match=said) as refused:
        asked(lab, queries, beginning(1), 1)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_samples_with_counts_and_trimmed_means(lab: ControlLab) -> None:
    since = beginning(1)
    lab.client("cloudwatch").put_metric_data(
        Namespace="Shop",
        MetricData=[{"MetricName": "Size", "Values": [1, 2, 100], "Counts": [50, 49, 1], "Timestamp": since}],
    )
    queries = [
        {"Id": f"s{n}", "MetricStat": metric("Size", stat=stat)}
        for n, stat in enumerate(("p50", "p100", "tm99", "TC(:2)", "PR(1:2)", "SampleCount"))
    ]
    found = [r["Values"] for r in asked(lab, queries, since, 1)["MetricDataResults"]]
    assert found == [[pytest.approx(1.5)], [100], [pytest.approx(148 / 99)], [99], [49], [100]]


def test_only_metrics_of_the_last_three_hours_are_recently_active(lab: ControlLab) -> None:
    cloudwatch, now = lab.client("cloudwatch"), datetime.now(UTC)
    for name, age in (("Old", 4), ("New", 1)):
        at = now - timedelta(hours=age / SCALE)
        cloudwatch.put_metric_data(Namespace="Aged", MetricData=[{"MetricName": name, "Value": 1, "Timestamp": at}])
    every = cloudwatch.list_metrics(Namespace="Aged")["Metrics"]
    recent = cloudwatch.list_metrics(Namespace="Aged", RecentlyActive="PT3H")["Metrics"]
    assert ({m["MetricName"] for m in every}, [m["MetricName"] for m in recent]) == ({"Old", "New"}, ["New"])


def test_balancers_publish_the_requests_of_each_target(lab: ControlLab) -> None:
    place = lab.stack["regions"][US]
    group = {"TargetGroup": place["target_group"].rpartition(":")[2]}
    both = {**group, "LoadBalancer": place["load_balancer"].partition(":loadbalancer/")[2]}
    asking = http.client.HTTPConnection(
        lab.addresses.load_balancer(US), BALANCER_PORT, source_address=(lab.addresses.population("NA"), 0), timeout=20
    )
    since = beginning(1)
    for _ in range(12):
        asking.request("GET", "/catalogue")
        asking.getresponse().read()
    asking.close()
    queries = [
        {"Id": "each", "MetricStat": metric("RequestCountPerTarget", **group)},
        {"Id": "both", "MetricStat": metric("RequestCountPerTarget", **both)},
        {"Id": "all", "MetricStat": metric("RequestCount", **both)},
        {"Id": "slow", "MetricStat": metric("TargetResponseTime", stat="p99", **both)},
        {"Id": "count", "MetricStat": metric("TargetResponseTime", stat="SampleCount", **both)},
    ]

    def found() -> dict[str, list[float]]:
        return {r["Id"]: r["Values"] for r in asked(lab, queries, since, 5)["MetricDataResults"]}

    def whole() -> dict[str, float] | None:
        sums = {id: sum(values) for id, values in found().items()}
        return sums if sums["all"] >= 12 and sums["all"] == sums["count"] and sums["each"] == sums["both"] else None

    published = until(whole, "all 12 are counted, and those of the health checks")
    assert published["each"] == published["all"] / 2
    assert 0 < published["slow"] < 5


def test_an_alarm_on_an_expression_rings_when_its_result_breaches(lab: ControlLab) -> None:
    cloudwatch = lab.client("cloudwatch")
    queries: list[dict[str, Any]] = [
        {"Id": "bad", "MetricStat": metric("Bad", 10), "ReturnData": False},
        {"Id": "good", "MetricStat": metric("Good", 10), "ReturnData": False},
        {"Id": "share", "Expression": "bad / (bad + good)", "Label": "share of bad", "ReturnData": True},
    ]
    cloudwatch.put_metric_alarm(
        AlarmName="share", Metrics=queries, EvaluationPeriods=1, Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    [described] = cloudwatch.describe_alarms(AlarmNames=["share"])["MetricAlarms"]
    assert described["Metrics"][2] == queries[2]
    assert described["Metrics"][0]["MetricStat"]["Stat"] == "Sum"
    assert "MetricName" not in described
    until(lambda: lab.alarm("share") == "OK", "no data is no breach")
    data = [{"MetricName": "Bad", "Value": 3}, {"MetricName": "Good", "Value": 1}]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    until(lambda: lab.alarm("share") == "ALARM", "three of four are bad")
    history = cloudwatch.describe_alarm_history(AlarmName="share", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert "0.75" in max(history, key=lambda item: "0.75" in item["HistoryData"])["HistoryData"]


HIDDEN: dict[str, Any] = {"Id": "m", "MetricStat": metric("Bad"), "ReturnData": False}
SHOWN: dict[str, Any] = {"Id": "m", "MetricStat": metric("Bad")}


@pytest.mark.parametrize(("queries", "said"), [
    ([SHOWN, {"Id": "n", "MetricStat": metric("Bad", 10)}], "one query"),
    ([SHOWN, {"Id": "e", "Expression": "m * 2"}], "one query"),
    ([HIDDEN, {"Id": "e", "Expression": "[m, m]"}], "one time series"),
    ([HIDDEN, {"Id": "e", "Expression": "MAX(m)"}], "time series"),
])  # fmt: skip
def test_an_alarm_watches_one_series(lab: ControlLab, queries: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        lab.client("cloudwatch").put_metric_alarm(
            AlarmName="x", Metrics=queries, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold"
        )
