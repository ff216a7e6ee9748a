"""When a user's requests are due."""

from itertools import pairwise

import pytest

from loadtests.schedule import Schedule

SECOND = 1_000_000_000


def test_due_times_are_even_from_the_first_of_their_phase_after_the_start() -> None:
    schedule = Schedule(5 * SECOND, 2.0, 0.5)
    dues = [schedule.take() for _ in range(4)]
    assert dues[0] == 5 * SECOND + SECOND // 4
    assert [b - a for a, b in pairwise(dues)] == [SECOND // 2] * 3
    assert schedule.next == dues[-1] + SECOND // 2


@pytest.mark.parametrize("start", [0, 1, 123_456_789, 999_999_999])
def test_nothing_is_due_before_the_user_is_there_nor_a_whole_period_after(start: int) -> None:
    schedule = Schedule(start, 1.0, 0.3)
    assert start <= schedule.first < start + SECOND
    assert schedule.first % SECOND == 300_000_000


def test_users_with_even_phases_send_evenly_together_though_they_come_one_after_another() -> None:
    users = [Schedule(7 * SECOND + n * 40_000_000, 1.0, n / 10) for n in range(10)]
    dues = sorted(user.take() for user in users for _ in range(3))
    after_all_came = [due for due in dues if 8 * SECOND <= due < 9 * SECOND]
    assert len(after_all_came) == 10
    assert {b - a for a, b in pairwise(after_all_came)} == {SECOND // 10}


def test_what_was_due_and_never_taken_was_planned() -> None:
    schedule = Schedule(0, 1.0, 0.1)
    schedule.take()
    assert schedule.planned == 1
    schedule.stop(schedule.first + 4 * SECOND)
    assert schedule.planned == 5


def test_nothing_is_planned_before_the_first_due_time() -> None:
    schedule = Schedule(10 * SECOND, 1.0, 0.1)
    schedule.stop(9 * SECOND)
    assert schedule.planned == 0
