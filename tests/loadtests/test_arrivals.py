"""When requests are due: the integral of the rate says it, and nothing else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.rate import Point, requests_between
from loadtests.arrivals import SECOND, Arrivals

RATES = st.floats(0.5, 2000.0)
SPIKE = ((0.0, 10.0), (2.0, 30.0), (2.0, 200.0), (3.0, 200.0), (4.0, 0.0))


def dues(arrivals: Arrivals, until: int) -> list[int]:
    taken = []
    while arrivals.next is not None and arrivals.next < until:
        taken.append(arrivals.take())
    return taken


@pytest.mark.parametrize("rate", [0.5, 1, 3, 40, 1000, 9999])
def test_a_steady_rate_gives_even_spacing(rate: float) -> None:
    taken = dues(Arrivals(5 * SECOND, rate, 0.3), 15 * SECOND)
    assert len(taken) == pytest.approx(10 * rate, abs=1)
    assert all(b - a == pytest.approx(SECOND / rate, abs=2) for a, b in pairwise(taken))
    assert taken[0] == pytest.approx(5 * SECOND + 0.3 * SECOND / rate, abs=1)


def test_after_a_day_of_ten_thousand_a_second_spacing_is_still_even() -> None:
    arrivals = Arrivals(0, 10_000)
    arrivals.assign(0, 1, 86_400 * SECOND)
    taken = [arrivals.take() for _ in range(1000)]
    assert all(b - a == pytest.approx(100_000, abs=500) for a, b in pairwise(taken))


def test_due_times_follow_a_profile_of_ramp_step_and_spike() -> None:
    arrivals = Arrivals(0, 5.0)
    arrivals.begin(10 * SECOND, SPIKE)
    taken = dues(arrivals, 20 * SECOND)
    for since, until in ((0, 10), (10, 12), (12, 13), (13, 14), (14, 20), (10, 14)):
        inside = sum(since <= due / SECOND < until for due in taken)
        asked = requests_between(SPIKE, since - 10, until - 10) if 10 <= since < 14 else 5.0 * (until - since)
        assert inside == pytest.approx(asked, abs=1)


def test_a_step_takes_effect_at_its_moment() -> None:
    arrivals = Arrivals(0, 1.0)
    arrivals.begin(10 * SECOND, ((0.0, 100.0), (1.0, 100.0)))
    gaps = [(a, b - a) for a, b in pairwise(dues(arrivals, 15 * SECOND))]
    assert {round(gap / SECOND, 3) for at, gap in gaps if at + gap < 10 * SECOND} == {1.0}
    assert {round(gap / SECOND, 6) for at, gap in gaps if at > 10 * SECOND and at + gap < 11 * SECOND} == {0.01}


def test_model_time_makes_a_profile_shorter_and_no_rate_higher() -> None:
    arrivals = Arrivals(0, 0.0)
    arrivals.begin(SECOND, ((0.0, 100.0), (20.0, 100.0)), time_scale=10.0)
    taken = dues(arrivals, 10 * SECOND)
    assert len(taken) == 200
    assert SECOND <= taken[0] < taken[-1] <= 3 * SECOND


def test_a_profile_that_began_a_moment_ago_owes_what_was_due_since() -> None:
    arrivals = Arrivals(0, 1.0)
    dues(arrivals, 10 * SECOND)
    arrivals.begin(9 * SECOND, ((0.0, 50.0), (60.0, 50.0)))
    assert len(dues(arrivals, 10 * SECOND)) == pytest.approx(49, abs=1)


def test_nothing_is_due_after_the_stop_and_all_before_it_is() -> None:
    arrivals = Arrivals(0, 10.0)
    arrivals.take()
    arrivals.stop(2 * SECOND)
    assert len(dues(arrivals, 100 * SECOND)) == 19
    with pytest.raises(ValueError, match="nothing is due"):
        arrivals.take()


def test_what_was_stopped_is_not_begun_again_by_another_stop() -> None:
    arrivals = Arrivals(0, 10.0)
    arrivals.stop(SECOND)
    arrivals.stop(2 * SECOND)
    assert len(dues(arrivals, 100 * SECOND)) == 10


def test_a_rate_of_nothing_is_never_due() -> None:
    assert Arrivals(0, 0.0).next is None


@given(
    st.lists(st.tuples(st.floats(0.01, 3.0), RATES), min_size=1, max_size=6),
    RATES,
    st.floats(0.01, 1.0),
    st.integers(1, 7),
)
def test_workers_take_together_what_one_takes_alone(
    steps: list[Point], base: float, phase: float, workers: int
) -> None:
    at, points = 0.0, [(0.0, base)]
    for gap, rate in steps:
        at += gap
        points.append((at, rate))

    def taken(index: int, count: int) -> list[int]:
        arrivals = Arrivals(0, base, phase)
        arrivals.assign(index, count, 0)
        arrivals.begin(SECOND // 2, points)
        return dues(arrivals, 3 * SECOND)

    alone = taken(0, 1)
    assert sorted(due for index in range(workers) for due in taken(index, workers)) == alone
    assert len(alone) == pytest.approx(Arrivals(0, base, phase).reached(SECOND // 2) + _rest(points, base), abs=1.01)


def _rest(points: list[Point], base: float) -> float:
    end = points[-1][0]
    return requests_between(points, 0.0, min(end, 2.5)) + base * max(0.0, 2.5 - end)


def test_the_rest_of_the_workers_take_over_after_the_moment_of_their_assignment() -> None:
    first, second = Arrivals(0, 10.0), Arrivals(0, 10.0)
    first.assign(0, 2, 0)
    second.assign(1, 2, 0)
    halves = dues(first, SECOND) + dues(second, SECOND)
    first.assign(0, 1, SECOND)
    assert sorted(halves) + dues(first, 2 * SECOND) == dues(Arrivals(0, 10.0), 2 * SECOND)


@given(
    st.lists(RATES, min_size=2, max_size=5),
    st.floats(0, 1),
    st.integers(0, 12 * SECOND),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_when_parts_change_at_a_moment_every_request_still_has_exactly_one_owner(
    rates: list[float], phase: float, since: int, counts: tuple[int, int]
) -> None:
    """Due exactly then, or a nanosecond later: those who are relieved and those who take over agree."""
    points = tuple((2.0 * n, rate) for n, rate in enumerate(rates))
    alone = Arrivals(0, rates[0], phase)
    alone.begin(SECOND, points)
    every = dues(alone, 13 * SECOND)
    moments = {since, *every[len(every) // 2 : len(every) // 2 + 1]}
    for moment in moments:
        taken: list[int] = []
        for count, after in zip(counts, (False, True), strict=True):
            for index in range(count):
                part = Arrivals(0, rates[0], phase)
                part.begin(SECOND, points)
                part.assign(index, count, moment if after else -1)
                taken += [due for due in dues(part, 13 * SECOND) if after or due <= moment]
        assert sorted(taken) == every
        assert alone.due_until(moment) == sum(due <= moment for due in every)


def test_parts_change_while_the_next_request_is_far_away() -> None:
    arrivals = Arrivals(0, 0.0)
    arrivals.begin(0, ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (20.0, 5.0)))
    assert arrivals.next is not None
    assert arrivals.next > 10 * SECOND
    arrivals.assign(0, 1, SECOND)
    assert len(dues(arrivals, 30 * SECOND)) == 50
