"""The only parser of English."""

from datetime import timedelta

import pytest

from scenarios.steps import words


@pytest.mark.parametrize(
    ("text", "seconds"), [("5 minutes", 300), ("1 minute", 60), ("90 s", 90), ("2 hours", 7200), ("1.5 min", 90)]
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert words.span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["5", "minutes", "5 parsecs", "", "-3 s"])
def test_a_span_without_a_unit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write a number and a unit, such as 5 minutes"):
        words.span(text)


def test_a_span_that_no_clock_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="is too long for a span of time"):
        words.span("99999999999999 hours")


def test_a_tolerance_has_relation_number_and_unit() -> None:
    assert words.tolerance("at most 1.5 s") == ("at most", 1.5, "s")
    with pytest.raises(ValueError, match="at most or at least"):
        words.tolerance("about 3 s")
