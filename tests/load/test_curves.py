"""Load profiles as points: never below nothing, in order of time, and as many requests as was said."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load import curves
from harness.load.curves import Points, requests_of
from harness.model.rate import rate_at, requests_between

RATES = st.floats(0, 1e4)
SOME = st.floats(0.1, 1e4)
LENGTHS = st.floats(1, 1e4)
MAYBE = st.just(0.0) | st.floats(0.1, 1e3)


def sound(points: Points, lasts: float) -> None:
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(lasts)
    assert all(a[0] <= b[0] for a, b in pairwise(points))
    assert all(rate >= 0 for _, rate in points)
    assert max(Counter(at for at, _ in points).values()) <= 2
    assert requests_between(points, 0, points[-1][0]) == pytest.approx(requests_of(points), rel=1e-6, abs=1e-6)


@given(RATES, LENGTHS)
def test_a_steady_load_is_its_rate_times_its_length(rate: float, lasts: float) -> None:
    points = curves.steady(rate=rate, lasts=lasts)
    sound(points, lasts)
    assert requests_of(points) == pytest.approx(rate * lasts)


@given(RATES, RATES, LENGTHS, MAYBE)
def test_a_ramp_is_half_of_what_it_rises_by_and_then_all_of_it(
    low: float, high: float, within: float, hold: float
) -> None:
    points = curves.ramp(low=low, high=high, within=within, hold=hold)
    sound(points, within + hold)
    assert requests_of(points) == pytest.approx((low + high) / 2 * within + high * hold)


@given(RATES, RATES, st.floats(50, 1e4), LENGTHS)
def test_every_stair_is_as_long_as_the_others_and_the_last_is_the_rate_that_was_named(
    low: float, high: float, by: float, every: float
) -> None:
    points = curves.steps(low=low, high=high, by=by, every=every)
    stairs = max(1, round(points[-1][0] / every))
    sound(points, stairs * every)
    assert rate_at(points, 0) == low or stairs == 1
    assert points[-1][1] == high
    middles = [rate_at(points, (n + 0.5) * every) for n in range(stairs)]
    assert requests_of(points) == pytest.approx(sum(middles) * every)
    assert all(abs(b - a) <= by * (1 + 1e-9) for a, b in pairwise(middles))


def test_stairs_that_fall_are_stairs_too() -> None:
    assert curves.steps(low=90, high=30, by=40, every=10) == (
        (0, 90),
        (10, 90),
        (10, 50),
        (20, 50),
        (20, 30),
        (30, 30),
    )


@given(SOME, SOME, LENGTHS, MAYBE, MAYBE, MAYBE)
def test_a_spike_adds_what_lies_between_the_rates(
    rate: float, peak: float, lasts: float, after: float, rise: float, then: float
) -> None:
    points = curves.spike(rate=rate, peak=peak, lasts=lasts, after=after, rise=rise, then=then)
    whole = after + 2 * rise + lasts + then
    sound(points, whole)
    assert requests_of(points) == pytest.approx(rate * whole + (peak - rate) * (lasts + rise))


@given(RATES, RATES, st.floats(10, 1000), st.integers(1, 8))
def test_whole_waves_add_up_to_their_mean(low: float, high: float, period: float, waves: int) -> None:
    points = curves.sine(low=low, high=high, period=period, lasts=period * waves)
    sound(points, period * waves)
    assert requests_of(points) == pytest.approx((low + high) / 2 * period * waves)
    assert rate_at(points, 0) == low
    assert rate_at(points, period / 2) == pytest.approx(high)


@settings(deadline=None)
@given(st.floats(10, 1000), st.floats(10, 5000))
def test_a_part_of_a_wave_ends_when_it_was_said_to(period: float, lasts: float) -> None:
    sound(curves.sine(low=10, high=20, period=period, lasts=lasts), lasts)


@given(SOME, LENGTHS, st.floats(5, 20), st.integers(1, 21 * 60))
def test_the_doors_open_with_a_rush_and_the_day_goes_on(rate: float, lasts: float, times: float, minute: int) -> None:
    points = curves.black_friday(rate=rate, lasts=lasts, peak=rate * times, opens=minute * 60.0)
    sound(points, lasts)
    opens = next(at for at, each in points if each == rate * times)
    assert opens == pytest.approx(minute / 1440 * lasts)
    assert rate_at(points, opens + lasts / 24 * 0.49) == pytest.approx(rate * times)


def test_the_rush_is_ten_times_what_it_was_just_before() -> None:
    points = curves.black_friday(rate=30, lasts=1440, peak=300)
    assert rate_at(points, 479.9) == pytest.approx(30)
    assert rate_at(points, 480) == rate_at(points, 509.9) == 300
    assert rate_at(points, 570) == pytest.approx(30 * 4.0)
    assert max(rate for _, rate in points) == 300


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200), st.sampled_from([1.0, 10.0]))
def test_rates_that_hold_add_up_exactly(counts: list[int], per: float) -> None:
    points = curves.held([(n * per, each / per) for n, each in enumerate(counts)], len(counts) * per)
    sound(points, len(counts) * per)
    assert requests_of(points) == pytest.approx(sum(counts))


@given(SOME, st.floats(0.1, 50), LENGTHS)
def test_scaling_multiplies_rates_and_compressing_only_times(rate: float, factor: float, lasts: float) -> None:
    points = curves.spike(rate=rate, peak=2 * rate, lasts=60, after=30)
    more = curves.scaled(points, factor)
    assert requests_of(more) == pytest.approx(factor * requests_of(points))
    shorter = curves.compressed(points, lasts)
    sound(shorter, lasts)
    assert [r for _, r in shorter] == [r for _, r in points]
    assert requests_of(shorter) == pytest.approx(requests_of(points) * lasts / 90)
