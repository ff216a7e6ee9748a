"""Order statistics: the exact probabilities against brute force, and what must hold of every set of values."""

import itertools
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measures.order_statistics import (
    CONFIDENCE,
    HALF,
    UNKNOWN,
    Limits,
    at_most,
    median_interval,
    more_to_show,
    quantile_bounds,
    ranked,
    shown,
    values_for_median,
)

SHARES = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)
VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=40)
SPANS = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 20)), min_size=1, max_size=40)


def exactly(*values: float) -> list[Limits]:
    return [Limits(low=v, high=v) for v in values]


def within(spans: list[tuple[int, int]]) -> list[Limits]:
    return [Limits(low=low, high=low + size) for low, size in spans]


@pytest.mark.parametrize("count", range(1, 11))
def test_the_chance_of_so_many_successes_is_that_of_counting_every_outcome(count: int) -> None:
    share = Fraction(3, 10)
    for most in range(-1, count + 1):
        outcomes = (sum(o) for o in itertools.product((0, 1), repeat=count))
        brute = sum((share**hits * (1 - share) ** (count - hits) for hits in outcomes if hits <= most), Fraction(0))
        assert at_most(most, count, share) == brute


@pytest.mark.parametrize("count", range(2, 13))
def test_the_coverage_of_the_interval_is_that_of_counting_on_which_side_values_fall(count: int) -> None:
    """Each value is as likely to lie below the median as above it: all 2^n cases, counted."""
    found = median_interval(exactly(*range(1, count + 1)))
    assert found
    first, last = int(found.limits.low), int(found.limits.high)
    held = sum(first <= sum(below) < last for below in itertools.product((0, 1), repeat=count))
    assert found.coverage == Fraction(held, 2**count)


@pytest.mark.parametrize("count", range(6, 40))
def test_no_narrower_interval_would_cover_enough(count: int) -> None:
    found = median_interval(exactly(*range(1, count + 1)))
    assert found
    rank = int(found.limits.low)
    assert found.limits.high == count + 1 - rank
    assert found.coverage >= CONFIDENCE > 1 - 2 * at_most(rank, count, HALF)


def test_95_percent_need_six_values_and_fewer_say_what_they_reach() -> None:
    assert values_for_median() == 6
    reached = {n: median_interval(exactly(*range(n))) for n in range(7)}
    assert (reached[0], reached[1]) == (None, None)
    coverages = [float(found.coverage) for found in reached.values() if found]
    assert coverages == [0.5, 0.75, 0.875, 0.9375, 0.96875]


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 30), st.integers(0, 2**32))
def test_the_interval_holds_the_median_as_often_as_it_says(count: int, seed: int) -> None:
    """Against 300 samples of a lopsided population whose median is 0.5 squared."""
    noise = random.Random(seed)
    held = 0
    for _ in range(300):
        found = median_interval(exactly(*(noise.random() ** 2 for _ in range(count))))
        assert found
        held += found.limits.low <= 0.25 <= found.limits.high
    spread = math.sqrt(float(found.coverage * (1 - found.coverage)) * 300)
    assert held >= float(found.coverage) * 300 - 6 * spread - 1


def test_p90_needs_29_values_that_all_meet_it_and_the_median_five() -> None:
    p90 = Fraction(9, 10)
    assert (shown(28, 28, p90), shown(29, 29, p90)) == (False, True)
    assert (shown(4, 4, HALF), shown(5, 5, HALF)) == (False, True)
    assert (more_to_show(0, 0, p90), more_to_show(5, 5, p90)) == (29, 24)


def test_one_that_does_not_meet_it_asks_for_46_and_nothing_at_all_shows_nothing() -> None:
    assert more_to_show(4, 5, Fraction(9, 10)) == 41
    assert not shown(0, 0, Fraction(1, 100))
    assert not shown(0, 100, Fraction(1, 100))


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), SHARES)
def test_what_more_to_show_names_is_just_enough(met: int, unmet: int, share: Fraction) -> None:
    more = more_to_show(met, met + unmet, share)
    assert shown(met + more, met + unmet + more, share)
    assert more == 0 or not shown(met + more - 1, met + unmet + more - 1, share)


@settings(deadline=None)
@given(SPANS, SHARES, st.randoms())
def test_the_order_of_the_values_does_not_matter(
    spans: list[tuple[int, int]], share: Fraction, noise: random.Random
) -> None:
    values = within(spans)
    mixed = noise.sample(values, len(values))
    assert median_interval(mixed) == median_interval(values)
    assert quantile_bounds(mixed, share) == quantile_bounds(values, share)


@settings(deadline=None)
@given(SPANS, st.data())
def test_wherever_the_true_values_lie_their_order_statistic_lies_within_its_limits(
    spans: list[tuple[int, int]], data: st.DataObject
) -> None:
    true = [data.draw(st.integers(low, low + size)) for low, size in spans]
    rank = data.draw(st.integers(1, len(spans)))
    limits = ranked(within(spans), rank)
    assert limits.low <= sorted(true)[rank - 1] <= limits.high


@settings(deadline=None)
@given(VALUES, SHARES, st.integers(0, 39), st.integers(0, 30))
def test_a_value_that_is_higher_never_lowers_a_bound(values: list[int], share: Fraction, which: int, by: int) -> None:
    higher = [v + by if n == which % len(values) else v for n, v in enumerate(values)]
    before, after = (quantile_bounds(exactly(*each), share) for each in (values, higher))
    assert before.low <= after.low
    assert before.high <= after.high


@settings(deadline=None)
@given(SPANS, SHARES, st.integers(0, 39))
def test_to_know_less_of_a_value_never_narrows_anything(
    spans: list[tuple[int, int]], share: Fraction, which: int
) -> None:
    values = within(spans)
    less = [UNKNOWN if n == which % len(values) else v for n, v in enumerate(values)]
    before, after = quantile_bounds(values, share), quantile_bounds(less, share)
    assert after.low <= before.low
    assert after.high >= before.high
    narrow, wide = median_interval(values), median_interval(less)
    if narrow and wide:
        assert wide.limits.low <= narrow.limits.low
        assert wide.limits.high >= narrow.limits.high


@settings(deadline=None)
@given(VALUES, SHARES, st.integers(-60, 60))
def test_a_bound_lies_within_a_limit_exactly_when_enough_values_do(
    values: list[int], share: Fraction, limit: int
) -> None:
    bounds = quantile_bounds(exactly(*values), share)
    assert (bounds.high <= limit) == shown(sum(v <= limit for v in values), len(values), share)
    assert (bounds.low > limit) == shown(sum(v > limit for v in values), len(values), 1 - share)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), SHARES)
def test_nothing_is_shown_and_refuted_at_once(met: int, missed: int, share: Fraction) -> None:
    count = met + missed
    assert not (shown(met, count, share) and shown(missed, count, 1 - share))


@settings(deadline=None)
@given(VALUES, SHARES)
def test_a_higher_percentile_never_has_a_lower_bound(values: list[int], share: Fraction) -> None:
    lower, higher = quantile_bounds(exactly(*values), share), quantile_bounds(exactly(*values), (1 + share) / 2)
    assert lower.low <= higher.low
    assert lower.high <= higher.high
