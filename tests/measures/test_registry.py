import pytest

from harness.measures.registry import MEASURES, Measure, Scope, find, measure
from harness.model.history import History
from harness.model.verdict import Measurement, Relation, unmeasured
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
    assert {n for n in NAMES if MEASURES[n].relation is Relation.AT_LEAST} == {"availability"}


def test_which_measures_may_name_a_phase() -> None:
    with_phase = {n for n in NAMES if MEASURES[n].phase and not n.startswith("P")}
    assert with_phase == {"availability", "downtime"}
    assert MEASURES["P95 latency"].phase


def test_an_unknown_name_finds_nothing() -> None:
    assert find("recovery tme") is None


def test_which_measures_are_judged_by_population() -> None:
    assert {n for n in NAMES if not MEASURES[n].population} == {"time to detect", "unknown writes"}


def test_which_measures_may_be_judged_in_windows() -> None:
    assert {n for n in NAMES if MEASURES[n].window and not n.startswith("P")} == {"availability"}
    assert MEASURES["P95 latency"].window


def test_what_a_drill_must_have_for_each_measure() -> None:
    assert {n: m.needs for n, m in MEASURES.items() if n in NAMES} == {
        "recovery time": ("fault",),
        "cutover time": ("fault",),
        "data loss": ("fault", "ledger"),
        "lost writes": ("ledger",),
        "P95 latency": ("load",),
        "availability": (),
        "downtime": (),
        "time to detect": ("fault",),
        "time to recover": ("fault",),
        "duplicate writes": ("ledger",),
        "unknown writes": ("ledger",),
    }


def test_what_a_measure_is_about_is_the_first_line_of_what_it_documents() -> None:
    assert MEASURES["lost writes"].about.startswith("How many acknowledged writes the surviving database lacks; exact.")
    assert not any("\n" in m.about for m in MEASURES.values())


def test_a_percentile_is_a_measure_as_soon_as_somebody_asks_for_it() -> None:
    made = find("P97.25 latency")
    assert made is not None
    assert made is find("P97.25 latency")
    assert (made.name, made.unit, made.relation) == ("P97.25 latency", "ms", Relation.AT_MOST)
    assert [find(name) for name in ("P0 latency", "P100 latency", "P95.1234 latency", "P95 latency2")] == [None] * 4


def test_without_more_said_a_measure_has_no_phase_no_window_and_needs_nothing() -> None:
    @measure("plain", unit="s")
    def plain(history: History, scope: Scope) -> Measurement:
        return unmeasured("s", "never")

    made = MEASURES.pop("plain")
    assert plain(run(), Scope()).because == "never"
    assert (made.relation, made.phase, made.population, made.window) == (Relation.AT_MOST, False, True, False)
    assert (made.needs, made.about) == ((), "")
