"""How far clocks may be apart before a run proves nothing: two seconds, for AWS gives whole ones."""

import pytest

from harness.measures.clocks import clocks_apart
from harness.model.history import Event
from tests.measures.histories import event, outage


def noted(at: float, wall: str, **offset: float) -> Event:
    return event(at, "clocks", wall=f"2026-11-21T12:{wall}+00:00", **offset)


def said(*events: Event) -> list[str]:
    return list(clocks_apart(outage(more=events)))


@pytest.mark.parametrize(("ends", "apart"), [("00:40.0", 0), ("00:40.01", 1), ("00:36.0", 0), ("00:35.99", 1)])
def test_a_clock_that_moved_by_more_than_two_seconds_was_set(ends: str, apart: int) -> None:
    assert len(said(noted(1.0, "00:00.0"), noted(39.0, ends))) == apart


@pytest.mark.parametrize(("least", "most", "apart"), [(2.0, 3.0, 0), (2.01, 3.0, 1), (-3.0, -2.0, 0), (-3.0, -2.01, 1)])
def test_a_clock_that_is_surely_more_than_two_seconds_from_that_of_aws_is_apart(
    least: float, most: float, apart: int
) -> None:
    assert len(said(noted(1.0, "00:00.0", aws_least=least, aws_most=most))) == apart


def test_the_last_comparison_with_aws_counts() -> None:
    off, right = {"aws_least": 5.0, "aws_most": 6.0}, {"aws_least": -0.5, "aws_most": 0.5}
    times = ((1.0, "00:00.0"), (2.0, "00:01.0"), (3.0, "00:02.0"))
    assert said(*(noted(at, wall, **how) for (at, wall), how in zip(times, (off, off, right), strict=True))) == []
    (apart,) = said(*(noted(at, wall, **how) for (at, wall), how in zip(times, (right, right, off), strict=True)))
    assert apart == "clocks apart: the clock of AWS is at least 5 s ahead of this machine's"


def test_a_clock_that_nobody_compared_is_not_apart() -> None:
    assert said() == said(noted(1.0, "00:00.0")) == []
    assert said(event(1.0, "clocks", wall="2026-11-21T12:00:00+00:00", aws_least=None, aws_most=None)) == []
