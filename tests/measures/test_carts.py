"""Carts that were lost. Samples as a run has them, without a file of requests."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from harness.judge import judge, slot_edges
from harness.measures.sample import phase_edges
from harness.model.history import History, Outcome
from harness.model.load import Intervals, Load, Sample, nanoseconds
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import run


def with_carts(carts: Mapping[float, Mapping[str, int]], asked: Criterion) -> History:
    """A run in which answers that were due at these moments showed carts of NA."""
    bare = run()
    edges = phase_edges(bare)
    slots = tuple(sorted({*edges, *slot_edges(bare, [asked])}))
    return replace(bare, load=Load(phases=_intervals(edges, carts), slots=_intervals(slots, carts)))


def _intervals(edges: tuple[float, ...], carts: Mapping[float, Mapping[str, int]]) -> Intervals:
    samples = {}
    for n, (since, until) in enumerate(pairwise(edges)):
        for at, counts in carts.items():
            if since <= at < until:
                outcomes = {(Outcome.OK, "us-east-1"): sum(counts.values())}
                samples[n] = {"NA": Sample(outcomes=outcomes, carts=counts)}
    return Intervals(edges=tuple(map(nanoseconds, edges)), samples=samples)


def find(carts: Mapping[float, Mapping[str, int]], **scope: Any) -> Finding:
    bound = Bound(relation=Relation.AT_MOST, value=0.0, unit="carts")
    asked = Criterion(measure="carts lost", bound=bound, **scope)
    return judge(with_carts(carts, asked), [asked]).findings[0]


def test_carts_that_were_all_kept_pass() -> None:
    found = find({5.0: {"kept": 90}})
    assert found.verdict is Verdict.PASS
    assert "0 of 90 answers" in found.because


def test_one_lost_cart_fails() -> None:
    found = find({5.0: {"kept": 90}, 12.0: {"lost": 1, "kept": 3}})
    assert (found.verdict, found.measurement.value) == (Verdict.FAIL, 1.0)
    assert found.because.startswith("1 cart is not at most 0 carts: 1 of 94 answers")


def test_without_a_cart_it_is_inconclusive_not_zero() -> None:
    found = find({5.0: {}})
    assert (found.verdict, found.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert "no answer showed a cart" in found.because


@pytest.mark.parametrize(
    ("scope", "lost"),
    [({"phase": "steady"}, 0.0), ({"phase": "impaired"}, 2.0), ({"population": "NA"}, 2.0), ({"window": 10.0}, 2.0)],
)
def test_a_part_of_the_run_has_its_own_carts(scope: dict[str, Any], lost: float) -> None:
    assert find({5.0: {"kept": 1}, 12.0: {"lost": 2}}, **scope).measurement.value == lost


def test_a_population_without_carts_is_inconclusive() -> None:
    assert find({5.0: {"lost": 1}}, population="EU").verdict is Verdict.INCONCLUSIVE


def test_windows_without_a_cart_may_have_been_worse() -> None:
    """Nothing was lost where carts were seen; where none was, nobody knows: no pass."""
    assert find({5.0: {"kept": 9}}, window=10.0).verdict is Verdict.INCONCLUSIVE


def test_a_phase_that_never_was_is_inconclusive() -> None:
    found = find({5.0: {"kept": 9}}, phase="failing over")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "never was in failing over" in found.because
