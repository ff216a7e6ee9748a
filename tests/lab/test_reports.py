"""When counts are reported, whatever the timers do."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.reports import until_next


@given(st.floats(0, 1e9), st.lists(st.floats(-0.001, 0.1), min_size=200, max_size=200))
def test_every_period_has_as_many_reports_as_the_others_however_late_each_is(began: float, late: list[float]) -> None:
    at, reports = began, Counter[int]()
    for lateness in late:
        at += until_next(0.5, at) + lateness
        reports[math.floor(at)] += 1
    whole = sorted(reports)[1:-1]
    assert [reports[period] for period in whole] == [2] * len(whole)
    assert whole == list(range(whole[0], whole[-1] + 1))


@pytest.mark.parametrize(("at", "left"), [(100.0, 0.25), (100.2, 0.55), (100.25, 0.5), (100.3, 0.45)])
def test_a_report_is_due_in_the_middle_between_two_multiples(at: float, left: float) -> None:
    assert until_next(0.5, at) == pytest.approx(left)
