"""When an alarm is in ALARM: datapoints, thresholds, missing data."""

from dataclasses import replace

import pytest

from harness.lab.control.alarms import ALARM, INSUFFICIENT, OK, Rule, evaluate
from harness.lab.control.metrics import Metrics, datum, key, statistic

RULE = Rule(
    metric=key("AWS/ApplicationELB", "HealthyHostCount", {}),
    statistic="Minimum",
    comparison="LessThanThreshold",
    threshold=1,
    period=10,
    periods=3,
    needed=2,
)


@pytest.mark.parametrize(("points", "state"), [
    ([2.0, 2.0, 2.0], OK),
    ([2.0, 0.0, 2.0], OK),
    ([0.0, 2.0, 0.0], ALARM),
    ([2.0, 0.0, 0.0], ALARM),
])  # fmt: skip
def test_enough_breaching_datapoints_of_the_window_are_an_alarm(points: list[float | None], state: str) -> None:
    assert evaluate(RULE, points)[0] == state


@pytest.mark.parametrize(("comparison", "breaching", "fine"), [
    ("GreaterThanThreshold", 1.1, 1.0),
    ("GreaterThanOrEqualToThreshold", 1.0, 0.9),
    ("LessThanThreshold", 0.9, 1.0),
    ("LessThanOrEqualToThreshold", 1.0, 1.1),
])  # fmt: skip
def test_each_comparison_breaches_on_its_side_of_the_threshold(comparison: str, breaching: float, fine: float) -> None:
    rule = replace(RULE, comparison=comparison, needed=1)
    assert evaluate(rule, [breaching])[0] == ALARM
    assert evaluate(rule, [fine])[0] == OK


@pytest.mark.parametrize(("missing", "state"), [
    ("missing", INSUFFICIENT),
    ("ignore", None),
    ("breaching", ALARM),
    ("notBreaching", OK),
])  # fmt: skip
def test_a_window_without_data_is_what_the_alarm_says_it_is(missing: str, state: str | None) -> None:
    assert evaluate(replace(RULE, missing=missing), [None, None, None])[0] == state


@pytest.mark.parametrize(("missing", "state"), [
    ("missing", OK),
    ("ignore", None),
    ("breaching", ALARM),
    ("notBreaching", OK),
])  # fmt: skip
def test_missing_points_beside_a_breaching_one_count_as_the_alarm_says(missing: str, state: str | None) -> None:
    assert evaluate(replace(RULE, missing=missing), [None, 0.0, None])[0] == state


def test_the_reason_shows_the_datapoints_and_the_threshold() -> None:
    reason = evaluate(RULE, [0.0, 0.0, 2.0])[1]
    assert "2 out of the last 3 datapoints [0, 0, 2] was less than the threshold (1)" in reason


def test_statistics_are_those_of_all_samples() -> None:
    data = [datum(0, [1, 2]), datum(1, [9])]
    names = ("SampleCount", "Sum", "Average", "Minimum", "Maximum", "p50", "p100")
    assert [statistic(data, name) for name in names] == [3, 12, 4, 1, 9, 2, 9]


def test_no_data_is_no_statistic_and_not_zero() -> None:
    assert statistic([], "Sum") is None
    assert statistic([datum(0, [1])], "p") is None


def test_periods_without_data_are_left_out() -> None:
    metrics, metric = Metrics(), key("T", "m", {})
    for at in (100.2, 100.9, 103.5):
        metrics.put(metric, datum(at, [1]))
    assert {n: len(data) for n, data in metrics.periods(metric, 1, range(100, 104)).items()} == {100: 2, 103: 1}


def test_a_datum_at_the_very_edge_is_in_one_period_whatever_the_period() -> None:
    metrics, metric = Metrics(), key("T", "m", {})
    for n in range(1000):
        metrics.put(metric, datum(n * 0.6, [1]))
    counts = [sum(len(d) for d in metrics.periods(metric, 0.6, range(n, n + 1)).values()) for n in range(1001)]
    assert sum(counts) == 1000


def test_data_that_come_late_are_in_their_own_period() -> None:
    metrics, metric = Metrics(), key("T", "m", {})
    for at in (2.5, 1.5, 0.5):
        metrics.put(metric, datum(at, [at]))
    assert [d.at for d in metrics.between(metric, 0, 2)] == [0.5, 1.5]


def test_metrics_are_forgotten_after_an_hour() -> None:
    metrics, metric = Metrics(), key("T", "m", {})
    for at in (0.0, 5000.0):
        metrics.put(metric, datum(at, [1]))
    assert [d.at for d in metrics.between(metric, 0, 6000)] == [5000.0]
