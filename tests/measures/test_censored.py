"""Figures of values of which some are lower bounds only."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measures.censored import Amount, Ends, figure, median, spread

VALUES = st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=2, max_size=12)


def ends(*values: tuple[float, bool]) -> list[Ends]:
    return [(v, math.inf if censored else v) for v, censored in values]


def exact(*values: float) -> list[Ends]:
    return ends(*((v, False) for v in values))


def test_figures_of_nothing_are_none() -> None:
    assert (figure(min, []), spread([])) == (None, None)
    assert spread(exact(3.0)) is None


@pytest.mark.parametrize(
    ("values", "middle", "range_"),
    [((1, 5), 3.0, 4.0), ((1, 2, 9), 2.0, 4.0), ((1, 2, 3, 4), 2.5, 2.0), ((5, 1, 4, 2, 3), 3.0, 2.0)],
)
def test_median_and_spread_of_values_that_are_all_known(
    values: tuple[float, ...], middle: float, range_: float
) -> None:
    assert figure(median, exact(*values)) == Amount(value=middle)
    assert spread(exact(*values)) == Amount(value=range_)


def test_a_lower_bound_makes_a_lower_bound_of_what_it_may_change() -> None:
    values = ends((10, False), (20, False), (30, True))
    assert figure(min, values) == Amount(value=10)
    assert figure(median, values) == Amount(value=20)
    assert figure(max, values) == Amount(value=30, at_least=True)
    assert spread(values) == Amount(value=10, at_least=True)


def test_a_lower_bound_at_the_low_end_may_belong_anywhere() -> None:
    values = ends((10, True), (20, False), (30, False))
    assert figure(min, values) == Amount(value=10, at_least=True)
    assert figure(median, values) == Amount(value=20, at_least=True)
    assert spread(values) is None


@given(VALUES, st.data())
def test_whatever_the_lower_bounds_turn_out_to_be_the_figures_hold(
    values: list[tuple[int, bool]], data: st.DataObject
) -> None:
    true = [v + (data.draw(st.integers(0, 60)) if censored else 0) for v, censored in values]
    for pick in (min, median, max, None):
        told = spread(ends(*values)) if pick is None else figure(pick, ends(*values))
        known = spread(exact(*true)) if pick is None else figure(pick, exact(*true))
        if told is not None and known is not None:
            assert known.value == told.value or (told.at_least and known.value >= told.value)
