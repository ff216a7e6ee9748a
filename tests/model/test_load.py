"""Load as counts: what nobody sent is nothing, and what was counted in parts is the same in any order."""

import pytest

from harness.load.gathering import gathered
from harness.model.history import Outcome
from harness.model.load import Intervals, Load, Sample, merged, total
from tests.loads import Row

SECOND = 1_000_000_000
REGIONS = [f"region-{n}" for n in range(12)]


def answered(population: str, due: int, region: str | None = "us-east-1", outcome: str = "OK") -> Row:
    return Row(population, due, due, due + 1000, outcome, region)


def test_nothing_that_was_sent_counts_as_nothing() -> None:
    nothing = Sample()
    assert (nothing.requests, nothing.answered, nothing.early) == (0, 0, 0)
    assert (nothing.longest_answer, nothing.longest_wait, nothing.served_by("us-east-1")) == (0, 0, 0)
    assert total([]) == nothing
    assert merged([]) == Load()


def test_a_sum_has_the_longest_of_all_and_every_early_answer() -> None:
    whole = total(
        [Sample(longest_answer=3, longest_wait=9, early=1), Sample(longest_answer=5, longest_wait=5, early=2)]
    )
    assert (whole.longest_answer, whole.longest_wait, whole.early) == (5, 9, 3)


def test_a_moment_after_the_last_edge_is_no_edge() -> None:
    counted = Intervals(edges=(0, SECOND), samples={})
    with pytest.raises(ValueError, match=r"not counted from 2\.0 s on"):
        counted.between(0.0, 2.0)


def test_only_regions_that_answered_are_named() -> None:
    load = gathered([answered("NA", 1), answered("EU", 2, None, "FAILED"), answered("EU", 3, "eu-west-1")])
    assert load.regions == {"us-east-1", "eu-west-1"}
    assert load.populations == {"NA", "EU"}
    assert load.whole.of(Outcome.FAILED) == 1
    assert load.whole.served_by("eu-west-1") == 1


def test_parts_are_put_together_in_one_order_so_that_reports_come_out_the_same() -> None:
    rows = [answered(name, n * SECOND) for n in range(-1, 11) for name in reversed(REGIONS)]
    edges = [n * SECOND for n in range(11)]
    parts = [gathered(rows[n::5], edges, edges) for n in range(5)]
    for some in (parts, parts[::-1]):
        whole = merged(some).phases
        assert list(whole.samples) == list(range(-1, 11))
        assert [list(each) for each in whole.samples.values()] == [sorted(REGIONS)] * 12
        assert whole.edges == tuple(edges)
