"""Orders and revenue a minute from metrics. Time x 10: a period of 10 model s is one real second."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.judge import judge
from harness.model.history import History, Series
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, run

NAMES = {"namespace": "CustomMetrics", "orders": "OrdersCompleted", "revenue": "Revenue", "carts": "CartsCreated"}


def series(values: Sequence[float | None], region: str = "us-east-1", **more: Any) -> Series:
    """One value a period of a real second from 0.25 s on; None where nothing was published."""
    fields: dict[str, Any] = {
        "namespace": "CustomMetrics",
        "name": "OrdersCompleted",
        "statistic": "Sum",
        "period": 10.0,
        "points": tuple((n + 0.25, v) for n, v in enumerate(values) if v is not None),
    }
    return Series(**{**fields, "region": region, **more})


def history(*known: Series, business: Mapping[str, str] | None = NAMES) -> History:
    bare = run(series=known)
    events = (replace(e, data={"business": business}) if e.kind == "opened" else e for e in bare.events)
    return replace(bare, events=tuple(events))


def find(of: History, least: float, measure: str = "orders a minute", **scope: Any) -> Finding:
    unit = "USD" if measure.startswith("revenue") else "orders"
    bound = Bound(relation=Relation.AT_LEAST, value=least, unit=unit)
    return judge(of, [Criterion(measure=measure, bound=bound, **scope)]).findings[0]


def test_orders_are_counted_in_a_real_minute_over_all_regions() -> None:
    """Two and one orders a real second are 180 a minute, whatever the day of the lab lasts."""
    of = history(series([2.0] * 38), series([1.0] * 38, "eu-west-1"))
    found = find(of, 150)
    assert found.measurement.value == pytest.approx(180)
    assert found.measurement.resolution == pytest.approx(180 / 2 / 37)
    assert found.verdict is Verdict.PASS
    assert "a minute of real time" in found.because


def test_too_few_orders_fail() -> None:
    found = find(history(series([2.0] * 38)), 130)
    assert (found.verdict, found.measurement.value) == (Verdict.FAIL, pytest.approx(120))


def test_revenue_has_a_metric_of_its_own() -> None:
    of = history(series([2.0] * 38), series([50.0] * 38, name="Revenue"))
    assert find(of, 2500, "revenue a minute").measurement.value == pytest.approx(3000)
    assert find(of, 2500, "revenue a minute").verdict is Verdict.PASS
    assert find(of, 3500, "revenue a minute").verdict is Verdict.FAIL
    without = find(history(series([2.0] * 38)), 2500, "revenue a minute")
    assert without.verdict is Verdict.INCONCLUSIVE
    assert "nothing was published as Revenue in CustomMetrics" in without.because


def test_a_stack_without_such_a_metric_is_inconclusive() -> None:
    for business in (None, {"namespace": "CustomMetrics", "orders": ""}):
        found = find(history(series([2.0] * 38), business=business), 1)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "names no metric of its orders" in found.because


def test_the_worst_window_counts() -> None:
    """Ten seconds without an order, of which a window of 5 real seconds sees nothing else."""
    of = history(series([*[2.0] * 15, *[0.0] * 10, *[2.0] * 13]))
    found = find(of, 60, window=50.0)
    assert (found.verdict, found.measurement.value) == (Verdict.FAIL, 0.0)
    assert "windows of 50 s, from 152.5 s to 202.5 s" in found.because
    assert find(of, 60).verdict is Verdict.PASS


def test_a_phase_has_its_own_periods() -> None:
    of = history(series([*[2.0] * 9, 5.0, *[1.0] * 28]))
    assert find(of, 100, phase="steady").measurement.value == pytest.approx(120)
    assert find(of, 100, phase="recovered").verdict is Verdict.FAIL


def test_a_window_as_long_as_the_resolution_allows_is_inconclusive_near_the_bound() -> None:
    found = find(history(series([2.0] * 38)), 110, window=40.0)
    assert found.measurement.resolution == pytest.approx(120 / 2 / 4)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "a longer window would decide it" in found.because


def test_where_a_region_said_nothing_there_may_have_been_more() -> None:
    """us-east-1 is silent for ten seconds: less than 120 is no FAIL, for it may have sold; more is a PASS."""
    silent = [*[2.0] * 10, *[None] * 10, *[2.0] * 18]
    of = history(series(silent), series([1.0] * 38, "eu-west-1"))
    low = (2 * 27 + 37) / 37 * 60
    assert find(of, 160).measurement.value == pytest.approx(low)
    assert find(of, 160).verdict is Verdict.INCONCLUSIVE
    assert "there may have been more" in find(of, 160).because
    assert find(of, 140).verdict is Verdict.PASS


def test_a_window_that_is_wholly_known_can_fail_beside_unknown_ones() -> None:
    orders = [*[2.0] * 10, *[None] * 10, *[1.0] * 18]
    of = history(series(orders), series([0.0] * 38, "eu-west-1"))
    found = find(of, 70, window=50.0)
    assert found.verdict is Verdict.FAIL
    assert found.measurement.value + found.measurement.resolution >= 60
    assert find(of, 50, window=50.0).verdict is Verdict.INCONCLUSIVE


def test_a_silent_metric_is_inconclusive_not_zero() -> None:
    found = find(history(series([2.0] * 9)), 1, phase="recovered")
    assert (found.verdict, found.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert "the metric says nothing in recovered" in found.because
    assert find(history(), 1).verdict is Verdict.INCONCLUSIVE


def test_the_same_orders_by_another_dimension_are_not_counted_twice() -> None:
    split = series([1.0] * 38, dimensions={"Channel": "web"})
    assert find(history(series([2.0] * 38), split), 1).measurement.value == pytest.approx(120)


def test_parts_of_a_metric_that_is_only_published_in_parts_are_added() -> None:
    parts = [series([1.0] * 38, dimensions={"Channel": c}) for c in ("web", "app")]
    assert find(history(*parts), 1).measurement.value == pytest.approx(120)


def test_other_statistics_namespaces_and_longer_periods_are_left_alone() -> None:
    others = (
        series([9.0] * 38, statistic="Average"),
        series([9.0] * 38, namespace="Other"),
        series([9.0] * 38, period=60.0),
    )
    assert find(history(series([2.0] * 38), *others), 1).measurement.value == pytest.approx(120)


def test_periods_of_regions_that_begin_apart_are_the_same_period() -> None:
    late = replace(series([1.0] * 38, "eu-west-1"))
    late = replace(late, points=tuple((at + 0.1, v) for at, v in late.points))
    found = find(history(series([2.0] * 38), late), 170)
    assert found.measurement.value == pytest.approx(180)
    assert "at_least" not in found.measurement.evidence


def test_a_window_longer_than_the_run_is_inconclusive() -> None:
    assert find(history(series([2.0] * 38)), 1, window=600.0).verdict is Verdict.INCONCLUSIVE


def test_a_region_with_longer_periods_than_another_is_not_left_out() -> None:
    """Two orders a second here, one there by the minute: nobody may say 120 a minute."""
    coarse = series([10.0, 10.0, 10.0], "eu-west-1", period=100.0)
    found = find(history(series([2.0] * 38), coarse), 130)
    assert (found.verdict, found.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert "no period in which both us-east-1 and eu-west-1 published" in found.because


def test_regions_are_added_over_the_shortest_period_that_all_have() -> None:
    both = [series([20.0] * 4, r, period=100.0, points=tuple((n * 10 + 0.25, 20.0) for n in range(4))) for r in REGIONS]
    found = find(history(series([2.0] * 38), *both), 130)
    assert found.measurement.value == pytest.approx(240)


REGIONS = ("us-east-1", "eu-west-1")


def test_where_the_metrics_of_a_region_could_not_be_read_there_may_have_been_more() -> None:
    of = history(series([2.0] * 38))
    unread = event(39.0, "metrics unread", because="cloudwatch:GetMetricData in eu-west-1: Throttling")
    of = replace(of, events=(*of.events, unread))
    assert find(of, 130).verdict is Verdict.INCONCLUSIVE
    assert find(of, 100).verdict is Verdict.PASS


def test_the_newest_period_of_a_region_may_not_be_complete_yet() -> None:
    """The metric was read as soon as the drill was over: what came in of its last period says little."""
    of = history(series([*[2.0] * 36, 0.5]))
    assert find(of, 100, window=10.0).verdict is not Verdict.FAIL
