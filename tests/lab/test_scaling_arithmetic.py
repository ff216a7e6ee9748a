"""How many instances policies want, who leaves, how large the pool is, what a forecast asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from harness.lab.control.answer import AwsError
from harness.lab.control.metrics import MetricKey
from harness.lab.recipe import Recipe
from harness.lab.scaling.adjustment import CHANGE, EXACT, PERCENT, Step, adjusted, after_step, stepped, tracked
from harness.lab.scaling.forecast import needed
from harness.lab.scaling.policy import Tracking
from harness.lab.scaling.policy_request import steps_of
from harness.lab.scaling.schedule import ScheduledAction, following
from harness.lab.scaling.spread import on_demand
from harness.lab.scaling.tracking import Datapoints, make_alarms
from harness.lab.scaling.warm_pool import WarmPool, pool_size

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(("capacity", "value", "target", "wanted"), [
    (2, 100, 50, 4),
    (2, 50, 50, 2),
    (3, 50.1, 50, 4),
    (10, 20, 50, 4),
    (3, 0, 50, 0),
    (3, 0.1 * 3, 0.3, 3),
])  # fmt: skip
def test_tracking_wants_as_many_as_bring_the_metric_to_its_target(
    capacity: int, value: float, target: float, wanted: int
) -> None:
    assert tracked(capacity, value, target) == wanted


@pytest.mark.parametrize(("kind", "amount", "magnitude", "after"), [
    (CHANGE, 3, 0, 13),
    (CHANGE, -20, 0, 0),
    (EXACT, 4, 0, 4),
    (PERCENT, 127, 0, 22),
    (PERCENT, 6, 0, 11),
    (PERCENT, -6, 0, 9),
    (PERCENT, -66, 0, 4),
    (PERCENT, 10, 3, 13),
    (PERCENT, -10, 3, 7),
])  # fmt: skip
def test_an_adjustment_is_rounded_as_aws_rounds_it(kind: str, amount: int, magnitude: int, after: int) -> None:
    assert adjusted(kind, 10, amount, magnitude) == after


STEPS = (Step(lower=0, upper=10, amount=1), Step(lower=10, amount=4))


@pytest.mark.parametrize(("difference", "amount"), [(0, 1), (9.9, 1), (10, 4), (1000, 4)])
def test_a_step_begins_at_its_lower_bound(difference: float, amount: int) -> None:
    step = stepped(STEPS, difference)
    assert step is not None
    assert step.amount == amount


def test_below_the_threshold_a_step_begins_at_its_upper_bound() -> None:
    down = (Step(lower=-10, upper=0, amount=-1), Step(upper=-10, amount=-4))
    assert [step.amount for d in (-9.9, -10, -50) if (step := stepped(down, d))] == [-1, -4, -4]
    assert stepped(down, 5) is None


@pytest.mark.parametrize(("desired", "warm", "amount", "after"), [
    (2, 2, 3, 5),
    (5, 2, 3, 5),
    (5, 2, 1, 5),
    (5, 2, 4, 6),
    (5, 5, -2, 3),
    (5, 4, -2, 5),
])  # fmt: skip
def test_those_that_warm_up_are_not_added_twice_and_keep_all_from_being_taken_away(
    desired: int, warm: int, amount: int, after: int
) -> None:
    assert after_step(Step(amount=amount), CHANGE, 0, desired, warm) == after


@pytest.mark.parametrize("listed", [
    [],
    [(0, 10, 1), (20, None, 2)],
    [(0, 10, 1), (5, None, 2)],
    [(0, None, 1), (10, None, 2)],
    [(10, 5, 1)],
])  # fmt: skip
def test_steps_that_overlap_or_leave_a_gap_are_refused(listed: list[tuple[float, float | None, int]]) -> None:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
    with pytest.raises(AwsError):
        steps_of([dict(zip(names, one, strict=True)) for one in listed])


@pytest.mark.parametrize(("pool", "desired", "size"), [
    (None, 2, 0),
    (WarmPool(), 2, 10),
    (WarmPool(minimum=4), 11, 4),
    (WarmPool(prepared=6), 2, 4),
    (WarmPool(prepared=6), 9, 0),
    (WarmPool(minimum=2, prepared=6), 9, 2),
])  # fmt: skip
def test_a_pool_is_what_is_missing_to_the_prepared_capacity(pool: WarmPool | None, desired: int, size: int) -> None:
    assert pool_size(pool, 12, desired) == size


@pytest.mark.parametrize(
    ("total", "base", "percentage", "count"), [(2, 3, 0, 2), (10, 2, 50, 6), (3, 2, 0, 2), (5, 0, 25, 2)]
)
def test_a_mixture_is_a_base_and_a_share_of_the_rest(total: int, base: int, percentage: int, count: int) -> None:
    assert on_demand(total, base, percentage) == count


FORECAST = ((0.0, 100.0), (600.0, 100.0), (600.0, 900.0), (1200.0, 900.0))


@pytest.mark.parametrize(("elapsed", "buffer", "count"), [
    (0, 0, 1),
    (200, 300, 1),
    (300, 300, 9),
    (599, 0, 1),
    (600, 0, 9),
    (1201, 300, 0),
    (-400, 300, 0),
])  # fmt: skip
def test_a_forecast_asks_for_the_most_of_what_comes_within_the_buffer(
    elapsed: float, buffer: float, count: int
) -> None:
    assert needed(FORECAST, elapsed, buffer, 100) == count


def test_a_forecast_is_linear_between_its_points() -> None:
    assert needed(((0, 0), (100, 1000)), 45, 0, 100) == 5


def recurring(**more: object) -> ScheduledAction:
    return ScheduledAction(name="n", group="g", region="r", start=NOON, desired=3, **more)  # type: ignore[arg-type]


def test_a_scheduled_action_comes_again_at_its_next_time_and_not_for_those_it_missed() -> None:
    again = following(recurring(every=600), 60.0, NOON + timedelta(seconds=130))
    assert again is not None
    assert again.start == NOON + timedelta(seconds=180)


def test_a_scheduled_action_without_recurrence_or_past_its_end_is_over() -> None:
    assert following(recurring(), 0.0, NOON) is None
    assert following(recurring(every=60, end=NOON + timedelta(seconds=30)), 60.0, NOON) is None


TRACKING = Tracking(metric=MetricKey("N", "M"), statistic="Average", target=50)


def test_target_tracking_watches_with_the_numbers_of_aws() -> None:
    high, low = make_alarms(TRACKING, "us-east-1", "group", "arn", Datapoints())
    assert high.name.startswith("TargetTracking-group-AlarmHigh-")
    assert low.name.startswith("TargetTracking-group-AlarmLow-")
    assert (high.rule.comparison, high.rule.threshold) == ("GreaterThanThreshold", 50)
    assert (low.rule.comparison, low.rule.threshold) == ("LessThanThreshold", 45)
    assert (high.rule.period, high.rule.periods, high.rule.needed) == (60, 3, 3)
    assert (low.rule.period, low.rule.periods, low.rule.needed) == (60, 15, 15)


def test_a_sum_over_a_shorter_period_is_held_against_its_share_of_the_target() -> None:
    tracking = Tracking(metric=MetricKey("N", "M"), statistic="Sum", target=600)
    high, low = make_alarms(tracking, "us-east-1", "group", "arn", Datapoints(period=10, high=1, low=2))
    assert (high.rule.threshold, low.rule.threshold) == (100, 90)


def test_without_scaling_in_there_is_no_low_alarm() -> None:
    tracking = Tracking(metric=MetricKey("N", "M"), statistic="Average", target=50, scale_in=False)
    assert len(make_alarms(tracking, "us-east-1", "group", "arn", Datapoints())) == 1


@pytest.mark.parametrize(("scaling", "said"), [
    ({"minimum": 5, "maximum": 4}, "minimum must not be more"),
    ({"minimum": 3}, "2 in a region is not in 3..12"),
    ({"warm_pool": {}, "mixed": {}}, "no warm pool"),
    ({"forecast": [[10, 1], [5, 1]]}, "in order"),
    ({"policies": [{"type": "predictive", "target": 5}]}, "needs a forecast"),
    ({"policies": [{"type": "target_tracking", "metric": "CPUUtilization", "target": 5}] * 2}, "different names"),
    ({"policies": [{"type": "target_tracking", "metric": "NetworkIn", "target": 5}]}, "metric"),
])  # fmt: skip
def test_a_recipe_that_cannot_scale_so_is_refused(scaling: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Recipe.model_validate({"scaling": scaling})
