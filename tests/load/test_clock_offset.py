"""The clock of another machine, known from round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.clock_offset import WINDOW, ClockOffset, RoundTrip

TRIP = st.tuples(st.integers(0, 50_000_000), st.integers(0, 50_000_000))


def trip(at: int, there: int, back: int, offset: int) -> RoundTrip:
    """A question at our `at` that takes `there` and whose answer takes `back`."""
    return RoundTrip(sent=at, answered=at + there + offset, received=at + there + back)


@given(st.integers(-(10**15), 10**15), st.lists(TRIP, min_size=1, max_size=20))
def test_the_true_offset_lies_within_the_uncertainty_however_lopsided_the_trips(
    offset: int, trips: list[tuple[int, int]]
) -> None:
    clock = ClockOffset()
    for n, (there, back) in enumerate(trips):
        clock.note(trip(n * 1_000_000_000, there, back, offset))
    assert abs(clock.fix() - offset) <= clock.uncertainty


@given(st.lists(st.tuples(TRIP, st.integers(-20_000_000, 20_000_000)), min_size=2, max_size=20))
def test_a_clock_that_drifts_is_as_uncertain_as_it_went_away(trips: list[tuple[tuple[int, int], int]]) -> None:
    clock = ClockOffset()
    (there, back), first = trips[0]
    clock.note(trip(0, there, back, first))
    fixed = clock.fix()
    for n, ((there, back), offset) in enumerate(trips[1:], start=1):
        clock.note(trip(n * WINDOW, there, back, offset))
    assert clock.fix() == fixed
    assert all(abs(offset - fixed) <= clock.uncertainty for _, offset in trips)


def test_the_shortest_round_trip_counts() -> None:
    clock = ClockOffset()
    clock.note(trip(0, 40_000_000, 0, 7_000_000))
    clock.note(trip(1_000_000, 100_000, 100_000, 7_000_000))
    assert clock.fix() == 7_000_000
    assert clock.uncertainty == 100_000
    assert clock.trips == 2


def test_without_a_round_trip_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="there was no round trip"):
        ClockOffset().fix()
