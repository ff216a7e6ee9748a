import pytest

from harness.measures.registry import MEASURES, Measure, Scope, find
from harness.model.verdict import Relation
from tests.measures.histories import run

NAMES = {
    "recovery time": "s",
    "cutover time": "s",
    "data loss": "s",
    "lost writes": "writes",
    "P95 latency": "ms",
    "availability": "%",
    "downtime": "s",
    "time to detect": "s",
    "time to recover": "s",
    "duplicate writes": "writes",
    "unknown writes": "writes",
}


def test_importing_the_registry_fills_it() -> None:
    assert {name: MEASURES[name].unit for name in NAMES} == NAMES


@pytest.mark.parametrize("known", list(MEASURES.values()), ids=list(MEASURES))
def test_every_measure_takes_an_empty_history_as_unmeasured(known: Measure) -> None:
    found = known.take(run(without=("phase", "injecting", "injected")), Scope())
    assert found.value is None
    assert found.unit == known.unit
    assert found.because


@pytest.mark.parametrize("known", list(MEASURES.values()), ids=list(MEASURES))
def test_every_measure_says_what_it_is(known: Measure) -> None:
    assert known.about.endswith(".")
    assert known.bound_units


def test_only_availability_wants_at_least() -> None:
    assert {n for n, m in MEASURES.items() if m.relation is Relation.AT_LEAST} == {"availability"}


def test_which_measures_may_name_a_phase() -> None:
    with_phase = {n for n, m in MEASURES.items() if m.phase and not n.startswith("P")}
    assert with_phase == {"availability", "downtime"}
    assert MEASURES["P95 latency"].phase


def test_an_unknown_name_finds_nothing() -> None:
    assert find("recovery tme") is None
