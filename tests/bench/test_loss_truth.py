from pathlib import Path

import pytest

from bench.loss_truth import Truth, read_acknowledged


def truth(rows: dict[str, int]) -> Truth:
    """a, b and c were acknowledged one after the other."""
    return Truth(acknowledged={"a": 1_000_000_000, "b": 2_000_000_000, "c": 3_500_000_000}, rows=rows)


def test_what_was_acknowledged_and_is_not_there_is_lost() -> None:
    assert truth({"a": 1}).lost == {"b", "c"}
    assert truth({"a": 1, "b": 0, "c": 1}).lost == {"b"}
    assert truth({"a": 1, "b": 1, "c": 2, "never told": 1}).lost == frozenset()


def test_the_loss_reaches_from_the_first_lost_acknowledgement_to_the_end() -> None:
    assert truth({"a": 1}).seconds_until(4_000_000_000) == pytest.approx(2.0)
    assert truth({"a": 1, "b": 1, "c": 1}).seconds_until(4_000_000_000) == 0


def test_an_acknowledgement_read_after_the_end_loses_no_time() -> None:
    assert truth({"a": 1, "b": 1}).seconds_until(3_400_000_000) == 0


def test_where_both_sides_took_writes_the_last_lost_one_is_the_end() -> None:
    both = truth({"a": 1})
    assert both.last_lost == 3_500_000_000
    assert both.seconds_until(both.last_lost) == pytest.approx(1.5)
    assert truth({"a": 1, "b": 1, "c": 1}).last_lost is None


def test_an_id_with_two_rows_is_one_duplicate_whoever_made_them() -> None:
    assert truth({"a": 2, "b": 1, "x": 3}).duplicates == {"a", "x"}


def test_of_an_id_that_was_acknowledged_twice_the_first_time_counts(tmp_path: Path) -> None:
    file = tmp_path / "acknowledged.txt"
    file.write_text("b 9\na 7\na 5\na 6\n")
    assert read_acknowledged(file) == {"a": 5, "b": 9}
