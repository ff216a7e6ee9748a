"""Statistics of samples: percentiles, trimmed means and the like, on values with counts."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.balancer.counts import Counts, rounded
from harness.lab.control.balancer_metrics import requests_per_target
from harness.lab.control.metric_statistics import knows
from harness.lab.control.metrics import datum, statistic, statistic_set
from harness.lab.states import BalancerMetrics

HUNDRED = datum(0, [float(n) for n in range(1, 101)])
VALUES = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60)


@pytest.mark.parametrize(("name", "value"), [
    ("tm90", statistics.mean(range(1, 91))),
    ("TM(10%:90%)", statistics.mean(range(11, 91))),
    ("TM(:90%)", statistics.mean(range(1, 91))),
    ("TM(10:20)", statistics.mean(range(11, 21))),
    ("TM(90:)", statistics.mean(range(91, 101))),
    ("IQM", statistics.mean(range(26, 76))),
    ("tc90", 90),
    ("TC(10:20)", 10),
    ("ts90", sum(range(1, 91))),
    ("TS(98%:)", 99 + 100),
    ("wm90", (sum(range(1, 91)) + 10 * 90) / 100),
    ("WM(10%:90%)", (10 * 11 + sum(range(11, 91)) + 10 * 90) / 100),
    ("WM(:50)", (sum(range(1, 51)) + 50 * 50) / 100),
    ("PR(:30)", 30),
    ("PR(10:20)", 10),
    ("p0", 1),
    ("p100", 100),
])  # fmt: skip
def test_an_extended_statistic_is_that_of_the_samples_within_its_bounds(name: str, value: float) -> None:
    assert statistic([HUNDRED], name) == pytest.approx(value)


@pytest.mark.parametrize("name", [
    "p101", "tm", "tm101", "TM()", "TM(:)", "TM(10%:20)", "TM(10:90%)", "TM(:101%)", "PR(1%:2%)", "PR", "p-1",
    "TM(%:5%)", "median", "pxx",
])  # fmt: skip
def test_what_is_no_statistic_is_not_known(name: str) -> None:
    assert not knows(name)


def test_no_sample_within_the_bounds_has_no_mean_and_counts_nothing() -> None:
    assert statistic([HUNDRED], "TM(200:300)") is None
    assert statistic([HUNDRED], "TC(200:300)") == 0
    assert statistic([HUNDRED], "PR(200:300)") == 0


def test_a_statistic_set_has_no_percentile_unless_all_its_samples_are_the_same() -> None:
    known = {"SampleCount": 3, "Sum": 12, "Minimum": 4, "Maximum": 4}
    assert statistic([statistic_set(0, known)], "p50") == 4
    assert statistic([statistic_set(0, {**known, "Minimum": 3, "Maximum": 5})], "p50") is None
    assert statistic([statistic_set(0, {**known, "Minimum": 3, "Maximum": 5})], "Average") == 4


def test_negative_samples_have_no_percentile() -> None:
    assert statistic([datum(0, [-1, 2])], "p50") is None
    assert statistic([datum(0, [-1, 2])], "Minimum") == -1


@given(values=VALUES, percent=st.floats(0, 100))
def test_a_percentile_of_counted_values_is_that_of_the_values_one_by_one(values: list[float], percent: float) -> None:
    name = f"p{percent:.4f}"
    distinct = sorted(set(values))
    counted = datum(0, distinct, counts=[values.count(value) for value in distinct])
    singly = [datum(0, [value]) for value in values]
    assert statistic([counted], name) == pytest.approx(statistic(singly, name))
    assert min(values) <= (statistic([counted], name) or 0.0) <= max(values)


@given(values=VALUES)
def test_trimming_nothing_is_the_average(values: list[float]) -> None:
    data = [datum(0, values)]
    average = pytest.approx(statistic(data, "Average"))
    assert [statistic(data, name) for name in ("tm100", "wm100", "TM(0%:100%)")] == [average] * 3


@given(values=VALUES, low=st.integers(0, 50), high=st.integers(50, 100))
def test_the_trimmed_sum_is_the_trimmed_mean_times_the_trimmed_count(values: list[float], low: int, high: int) -> None:
    data, bounds = [datum(0, values)], f"({low}%:{high}%)"
    mean, count, total = (statistic(data, kind + bounds) for kind in ("TM", "TC", "TS"))
    assert (mean is None) == (count == 0)
    if mean is not None:
        assert total == pytest.approx(mean * (count or 0))


@given(st.integers(0, 10**9))
def test_a_time_is_counted_within_a_thousandth_of_itself(microseconds: int) -> None:
    assert abs(rounded(microseconds) - microseconds) <= microseconds / 1000


def test_counts_are_compact_and_start_again() -> None:
    counts = Counts()
    for n in range(10_000):
        counts.answered(200, 0.010 + n * 1e-6)
    counts.failed(504, had_target=True)
    counted = BalancerMetrics(**counts.report())
    assert (counted.request_count, counted.target_2xx, counted.elb_504, counted.elb_5xx) == (10_001, 10_000, 1, 1)
    assert len(counted.response_times) < 1000
    assert sum(count for _, count in counted.response_times) == 10_000
    assert counted.response_total == pytest.approx(sum(0.010 + n * 1e-6 for n in range(10_000)))
    assert BalancerMetrics(**counts.report()) == BalancerMetrics(response_times=[])


@pytest.mark.parametrize(("healthy", "unhealthy", "each"), [(4, 1, 25), (0, 2, 50), (0, 0, None)])
def test_requests_are_shared_among_the_targets_that_could_get_them(
    healthy: int, unhealthy: int, each: float | None
) -> None:
    counted = BalancerMetrics(request_count=100, healthy_hosts=healthy, unhealthy_hosts=unhealthy)
    assert requests_per_target(counted) == each
