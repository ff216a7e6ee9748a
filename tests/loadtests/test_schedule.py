"""When a user's requests are due."""

import random
from itertools import pairwise

from loadtests.schedule import Schedule

SECOND = 1_000_000_000


def test_due_times_are_even_from_a_random_phase() -> None:
    schedule = Schedule(5 * SECOND, 2.0, random.Random(1))
    dues = [schedule.take() for _ in range(4)]
    assert 5 * SECOND <= dues[0] < 5.5 * SECOND
    assert [b - a for a, b in pairwise(dues)] == [SECOND // 2] * 3
    assert schedule.next == dues[-1] + SECOND // 2


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert Schedule(0, 0.3, random.Random(4)).first == Schedule(0, 0.3, random.Random(4)).first


def test_what_was_due_and_never_taken_was_planned() -> None:
    schedule = Schedule(0, 1.0, random.Random(1))
    schedule.take()
    assert schedule.planned == 1
    schedule.stop(schedule.first + 4 * SECOND)
    assert schedule.planned == 5


def test_nothing_is_planned_before_the_first_due_time() -> None:
    schedule = Schedule(10 * SECOND, 1.0, random.Random(1))
    schedule.stop(9 * SECOND)
    assert schedule.planned == 0
