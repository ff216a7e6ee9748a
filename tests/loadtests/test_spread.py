"""Spans counted by bucket."""

import pytest

from loadtests.spread import Spread

MS = 1_000_000


def test_nothing_noted_has_no_percentiles() -> None:
    assert Spread().milliseconds() == {}


def test_percentiles_are_good_to_three_digits() -> None:
    spread = Spread()
    for n in range(1, 1001):
        spread.note(n * MS)
    said = spread.milliseconds()
    assert said["p50"] == pytest.approx(500, rel=0.003)
    assert said["p99"] == pytest.approx(990, rel=0.003)
    assert said["max"] == 1000


def test_one_span_is_all_of_them() -> None:
    spread = Spread()
    spread.note(30_000)
    assert spread.milliseconds() == {"p50": 0.03, "p99": 0.03, "max": 0.03}
