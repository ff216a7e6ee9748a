"""When demand rises and falls, from the points of a profile."""

import pytest

from harness.measures.demand import Demand, demand
from harness.model.rate import Point
from tests.measures.scalings import BEGAN, scaled


def risen(*points: Point) -> Demand:
    found = demand(scaled(points=points))
    assert isinstance(found, Demand)
    return found


def rises(*points: Point) -> float:
    """Model seconds since the profile began."""
    return (risen(*points).rises - BEGAN) * 10


def falls(*points: Point) -> float:
    return (risen(*points).falls - BEGAN) * 10


def test_a_step_rises_when_it_is_made() -> None:
    assert rises((0, 40), (120, 40), (120, 400), (300, 400)) == pytest.approx(120)


def test_a_profile_that_begins_above_the_base_rises_as_it_begins() -> None:
    assert rises((0, 400), (300, 400)) == pytest.approx(0)


def test_a_slow_ramp_rises_where_it_is_ten_percent_above_the_base() -> None:
    assert rises((0, 40), (600, 100)) == pytest.approx(40)


def test_a_spike_rises_where_it_begins_not_where_the_morning_was_ten_percent_above_the_base() -> None:
    assert rises((0, 40), (600, 80), (630, 400), (900, 400)) == pytest.approx(600)


def test_a_surge_is_half_as_much_again_within_a_minute() -> None:
    assert rises((0, 40), (119, 80), (300, 80)) == pytest.approx(0)
    assert rises((0, 40), (121, 80), (300, 80)) == pytest.approx(12.1)


def test_the_first_of_several_surges_counts() -> None:
    assert rises((0, 40), (100, 40), (100, 80), (300, 80), (300, 400), (500, 400)) == pytest.approx(100)


def test_a_surge_that_stays_below_the_base_is_no_rise() -> None:
    assert rises((0, 10), (10, 20), (100, 20), (200, 25), (400, 60)) == pytest.approx(200 + 200 * 19 / 35)


def test_it_falls_where_it_is_last_ten_percent_above_the_base() -> None:
    assert falls((0, 40), (100, 400), (200, 40), (300, 40)) == pytest.approx(200 - 100 * 4 / 360)


def test_it_falls_with_the_profile_where_that_ends_high() -> None:
    assert falls((0, 400), (300, 400)) == pytest.approx(300)


def test_the_peak_lasts_as_long_as_the_rate_is_at_its_highest() -> None:
    found = risen((0, 40), (100, 400), (200, 400), (300, 40), (400, 400))
    assert found.peak == (pytest.approx(BEGAN + 10), pytest.approx(BEGAN + 20))
    assert found.highest == 400


def test_the_planned_rate_is_that_of_the_profile_while_it_is_in_force_and_the_base_else() -> None:
    found = risen((0, 100), (100, 200))
    assert [found.rate(at) for at in (BEGAN - 0.1, BEGAN, BEGAN + 5, BEGAN + 10)] == [40, 100, 150, 40]


def test_nothing_rises_without_a_profile() -> None:
    assert demand(scaled(without=["profile"])) == "no profile of load began, so demand never rose"


def test_ten_percent_more_are_not_more_than_ten_percent() -> None:
    assert isinstance(demand(scaled(points=((0, 40), (10, 44), (20, 44)))), str)
