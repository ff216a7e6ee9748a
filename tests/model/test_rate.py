"""Arrival rates over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.rate import peak, rate_at, requests_between, surges

SPIKE = ((0.0, 10.0), (60.0, 10.0), (60.0, 100.0), (120.0, 100.0), (120.0, 10.0), (180.0, 20.0))


@pytest.mark.parametrize(
    ("elapsed", "rate"),
    [(-5, 10), (0, 10), (59.9, 10), (60, 100), (119, 100), (120, 10), (150, 15), (180, 20), (999, 20)],
)
def test_a_step_has_happened_at_its_time_and_a_ramp_is_linear(elapsed: float, rate: float) -> None:
    assert rate_at(SPIKE, elapsed) == pytest.approx(rate)


def test_requests_are_the_area_under_the_rate() -> None:
    assert requests_between(SPIKE, 0, 180) == pytest.approx(10 * 60 + 100 * 60 + 15 * 60)


def test_requests_of_model_time_are_fewer_by_the_time_scale() -> None:
    assert requests_between(SPIKE, 0, 180, time_scale=10) == pytest.approx(750)


def test_a_span_that_ends_at_a_step_has_nothing_of_what_comes_after_it() -> None:
    assert requests_between(SPIKE, 30, 60) == pytest.approx(300)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=8), st.tuples(*[st.floats(0, 200)] * 3))
def test_parts_add_up_to_the_whole(rates: list[float], moments: tuple[float, float, float]) -> None:
    points = tuple((20.0 * n, rate) for n, rate in enumerate(rates))
    a, b, c = sorted(moments)
    parts = requests_between(points, a, b) + requests_between(points, b, c)
    assert parts == pytest.approx(requests_between(points, a, c))


def test_the_peak_is_the_first_moment_of_the_highest_rate() -> None:
    assert peak(SPIKE) == (60.0, 100.0)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        (((0, 30), (600, 30)), []),
        (((0, 30), (60, 30), (60, 300), (600, 300)), [60]),
        (((0, 30), (60, 30), (60, 44), (600, 44)), []),  # less than half as much again
        (((0, 30), (600, 300)), [0]),  # 57 after a minute
        (((0, 30), (6000, 300)), []),  # 32.7 after a minute
        (((0, 0), (10, 0), (10, 5), (60, 5)), [10]),  # from nothing to something
        (((0, 10), (60, 10), (60, 20), (90, 20), (90, 40), (300, 40)), [60]),  # one surge, not two
        (((0, 10), (200, 10), (200, 20), (400, 20), (400, 40), (600, 40)), [200, 400]),
    ],
)
def test_a_surge_begins_where_the_rate_rises_by_half_within_a_minute(
    points: tuple[tuple[float, float], ...], found: list[float]
) -> None:
    assert surges(points, base=1, window=120) == found


def test_what_rises_to_the_usual_rate_is_no_surge() -> None:
    night = ((0.0, 30.0), (60.0, 10.0), (120.0, 10.0), (180.0, 30.0), (240.0, 60.0))
    assert surges(night, base=30, window=60) == [180]
