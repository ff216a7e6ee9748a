"""A moment between two others: its best guess, how far it may be off, and the first and last of several."""

import pytest

from harness.measures.bracket import Bracket, earliest, latest


def test_a_moment_is_most_likely_in_the_middle_unless_more_is_known() -> None:
    assert (Bracket(after=10.0, until=14.0).guess, Bracket(after=10.0, until=14.0).error) == (12.0, 2.0)
    late, early = Bracket(after=10.0, until=14.0, likely=13.5), Bracket(after=10.0, until=14.0, likely=10.5)
    assert (late.guess, late.error) == (13.5, 3.5)
    assert (early.guess, early.error) == (10.5, 3.5)


def test_a_moment_that_is_likely_at_zero_is_not_one_of_which_nothing_is_known() -> None:
    assert Bracket(after=-2.0, until=4.0, likely=0.0).guess == 0.0


def test_the_earliest_and_the_latest_of_several_take_each_edge_by_itself() -> None:
    known = (Bracket(after=1.0, until=6.0), Bracket(after=2.0, until=3.0), Bracket(after=0.0, until=9.0, likely=8.0))
    first, last = earliest(known), latest(known)
    assert (first.after, first.until, first.guess) == (0.0, 3.0, 2.5)
    assert (last.after, last.until, last.guess) == (2.0, 9.0, 8.0)
    assert earliest(iter(known)) == first


def test_the_best_guess_of_several_lies_within_its_edges() -> None:
    first = earliest([Bracket(after=0.0, until=9.0, likely=9.0), Bracket(after=0.0, until=3.0, likely=3.0)])
    assert (first.until, first.guess) == (3.0, 3.0)
    last = latest([Bracket(after=5.0, until=9.0, likely=5.0), Bracket(after=0.0, until=9.0, likely=0.0)])
    assert (last.after, last.guess) == (5.0, 5.0)
    capped = earliest([Bracket(after=0.0, until=9.0, likely=8.0), Bracket(after=7.0, until=7.5, likely=7.5)])
    assert capped.guess == 7.5


def test_of_no_moment_there_is_no_earliest() -> None:
    with pytest.raises(ValueError, match="empty"):
        earliest([])
    with pytest.raises(ValueError, match="empty"):
        latest([])
