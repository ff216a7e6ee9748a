from pathlib import Path

import pytest

from harness.criteria import (
    criteria_from_table,
    impossible_measures,
    impossible_phases,
    load_profile,
    parse_bound,
)
from harness.errors import ConfigError
from harness.measures.registry import find
from harness.model.verdict import Bound, Criterion, Relation

PROFILES = Path(__file__).parents[1] / "scenarios" / "criteria"


def problems(rows: list[list[str]], populations: tuple[str, ...] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        criteria_from_table(rows, populations)
    return refused.value.problems


def profile_problems(folder: Path, text: str) -> list[str]:
    path = folder / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_profile(path, ("NA", "EU"))
    return [p.replace(str(path), "mine.yaml") for p in refused.value.problems]


@pytest.mark.parametrize(
    ("relation", "text", "measure", "value", "unit"),
    [
        ("at most", "30 s", "recovery time", 30, "s"),
        ("at most", "30 seconds", "recovery time", 30, "s"),
        ("at most", "1 second", "data loss", 1, "s"),
        ("at most", "5 min", "time to detect", 300, "s"),
        ("at most", "21.6 min", "downtime", 1296, "s"),
        ("at most", "1 hour", "recovery time", 3600, "s"),
        ("at most", "500 ms", "data loss", 0.5, "s"),
        ("at most", "200 ms", "P95 latency", 200, "ms"),
        ("at most", "200ms", "P99.9 latency", 200, "ms"),
        ("at most", "0.2 s", "P95 latency", 200, "ms"),
        ("at least", "99.95 %", "availability", 99.95, "%"),
        ("at least", "99.95%", "availability", 99.95, "%"),
        ("at least", "99.95 percent", "availability", 99.95, "%"),
        ("at least", "99.95 Percent", "availability", 99.95, "%"),
        ("at most", "2 MIN", "recovery time", 120, "s"),
        ("at most", "0 writes", "lost writes", 0, "writes"),
        ("at most", "1 write", "lost writes", 1, "writes"),
    ],
)
def test_bounds_are_read_in_the_unit_of_their_measure(
    relation: str, text: str, measure: str, value: float, unit: str
) -> None:
    assert parse_bound(relation, text, measure) == Bound(relation=Relation(relation), value=value, unit=unit)


@pytest.mark.parametrize(
    ("relation", "text", "measure", "says"),
    [
        (
            "at most",
            "30",
            "recovery time",
            "recovery time: '30' has no unit; write at most a number with one of the units",
        ),
        ("at most", "30 writes", "recovery time", "wrong unit 'writes'"),
        ("at most", "30 %", "P95 latency", "wrong unit '%'"),
        ("at most", "30 fortnights", "recovery time", "wrong unit 'fortnights'"),
        ("at most", "3 s", "lost writes", "wrong unit 's'; write at most a number with one of the units writes"),
        ("at most", "half a minute", "recovery time", "is no amount"),
        ("at most", "-3 s", "recovery time", "is no amount"),
        ("at most", "30,5 s", "recovery time", "is no amount"),
        ("at least", "101 %", "availability", "more than 100 %"),
        ("at most", "99.95 %", "availability", "write at least"),
        ("at least", "30 s", "recovery time", "write at most"),
        ("at mots", "30 s", "recovery time", "did you mean 'at most'?"),
        ("at most", "30 s", "recovry time", "did you mean 'recovery time'?"),
        ("at most", "30 ms", "p95 latency", "did you mean 'P95 latency'?"),
    ],
)
def test_a_bound_that_cannot_be_meant_is_refused_with_a_remedy(
    relation: str, text: str, measure: str, says: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_bound(relation, text, measure)
    assert says in str(refused.value)
    assert measure in str(refused.value) or "did you mean" in says


def test_a_table_becomes_criteria() -> None:
    rows = [
        ["measure", "at most", "in phase", "for population"],
        ["recovery time", "60 seconds", "", ""],
        ["P95 latency", " 400 ms ", "recovered", "NA"],
    ]
    first, second = criteria_from_table(rows, ("NA", "EU"))
    assert first == Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=60, unit="s"))
    assert second.title == "P95 latency in recovered for NA"


def test_both_relations_may_stand_in_one_table() -> None:
    rows = [["measure", "at most", "at least"], ["availability", "", "99 %"], ["data loss", "1 s", ""]]
    assert [c.bound.relation for c in criteria_from_table(rows)] == [Relation.AT_LEAST, Relation.AT_MOST]


def test_every_problem_of_a_table_is_reported_at_once() -> None:
    found = problems(
        [
            ["measure", "at most", "in phase", "for population"],
            ["recovery tme", "60 s", "", ""],
            ["P95 latency", "400", "recoverd", "NAA"],
            ["recovery time", "60 s", "steady", ""],
            ["time to detect", "60 s", "", "NA"],
            ["downtime", "", "", ""],
            ["", "60 s", "", ""],
        ],
        ("NA", "EU"),
    )
    assert [p.split(":")[0] for p in found] == [f"row {n}" for n in (1, 2, 2, 2, 3, 4, 5, 6)]
    assert "did you mean 'recovery time'?" in found[0]
    assert "has no unit" in found[1]
    assert "did you mean 'recovered'?" in found[2]
    assert "did you mean 'NA'?" in found[3]
    assert "leave out 'in phase'" in found[4]
    assert "leave out 'for population'" in found[5]
    assert "the bound is missing" in found[6]
    assert "the measure is missing" in found[7]


def test_a_population_is_not_checked_where_the_stack_is_not_known() -> None:
    rows = [["measure", "at most", "for population"], ["recovery time", "60 s", "Mars"]]
    assert criteria_from_table(rows)[0].population == "Mars"


def test_an_unknown_column_is_refused() -> None:
    assert "did you mean 'in phase'?" in problems([["measure", "at most", "in phse"], ["downtime", "1 s", ""]])[0]


def test_two_bounds_in_one_row_are_refused() -> None:
    assert "two bounds" in problems([["measure", "at most", "at least"], ["downtime", "1 s", "1 s"]])[0]


def test_the_same_criterion_twice_is_refused() -> None:
    assert "there twice" in problems([["measure", "at most"], ["downtime", "1 s"], ["downtime", "2 s"]])[0]


@pytest.mark.parametrize("rows", [[], [["measure", "at most"]]])
def test_an_empty_table_is_refused(rows: list[list[str]]) -> None:
    assert problems(rows)


def test_the_profile_of_challenge_11_says_what_the_document_promises() -> None:
    read = load_profile("challenge-11", folder=PROFILES)
    assert {(c.title, c.bound.relation.value, c.bound.value, c.bound.unit) for c in read} == {
        ("recovery time", "at most", 1800, "s"),
        ("cutover time", "at most", 30, "s"),
        ("data loss", "at most", 1, "s"),
        ("P95 latency in steady", "at most", 200, "ms"),
        ("P95 latency in recovered", "at most", 200, "ms"),
        ("availability in steady", "at least", 99.95, "%"),
        ("availability in restored", "at least", 99.95, "%"),
        ("downtime", "at most", 1296, "s"),
        ("time to detect", "at most", 300, "s"),
        ("time to recover", "at most", 900, "s"),
    }


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_profile_in_the_repository_can_be_read(path: Path) -> None:
    assert all(find(c.measure) for c in load_profile(path))


def test_every_problem_of_a_profile_is_reported_with_its_line(tmp_path: Path) -> None:
    text = """\
profile: mine
criteria:
  - measure: recovry time
    at most: 30 min
  - measure: P95 latency
    at most: 200
    in phase: [steady, recoverd]
  - measure: downtime
    at mst: 3 s
  - just words
  - measure: data loss
    at most: [1 s, 2 s]
  - measure: recovery time
    at most: 30 min
    for population: NAA
"""
    found = profile_problems(tmp_path, text)
    assert [p.split(" ")[0] for p in found] == [f"mine.yaml:{line}:" for line in (9, 10, 12, 3, 5, 5, 13)]
    assert "did you mean 'at most'?" in found[0]
    assert "did you mean 'recovery time'?" in found[3]
    assert "did you mean 'NA'?" in found[6]


@pytest.mark.parametrize("text", ["", "criteria:", "criteria: []", "- a", "criteria: {a: b}", "criteria: [", "\x00"])
def test_a_profile_without_criteria_is_refused(tmp_path: Path, text: str) -> None:
    assert "mine.yaml" in profile_problems(tmp_path, text)[0]


def test_an_unknown_key_of_a_profile_is_refused(tmp_path: Path) -> None:
    assert "unknown key 'criterea'" in profile_problems(tmp_path, "criterea: []\n")[0]


def test_an_unknown_profile_is_refused_with_the_closest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'challenge-11'"):
        load_profile("chalenge-11", folder=PROFILES)


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load_profile(tmp_path / "none.yaml")


def criterion(phase: str | None) -> Criterion:
    return Criterion(measure="P95 latency", bound=Bound(relation=Relation.AT_MOST, value=1, unit="ms"), phase=phase)


def test_a_phase_that_cannot_occur_is_a_problem() -> None:
    asked = [criterion(p) for p in (None, "steady", "impaired", "failing over", "recovered", "restored")]
    assert impossible_phases(asked, has_runbook=True, has_fault=True) == []
    (only,) = impossible_phases(asked, has_runbook=False, has_fault=True)
    assert only == "P95 latency in failing over: without a runbook the run is never failing over"
    assert len(impossible_phases(asked, has_runbook=True, has_fault=False)) == 4


def test_healing_is_failing_back_even_without_a_runbook() -> None:
    assert impossible_phases([criterion("failing back")], has_runbook=False, has_fault=True) == []


def test_a_measure_that_cannot_be_taken_is_a_problem() -> None:
    names = ("recovery time", "lost writes", "data loss", "P95 latency", "availability")
    asked = [Criterion(measure=n, bound=Bound(relation=Relation.AT_MOST, value=1, unit="s")) for n in names]
    assert impossible_measures(asked, has_fault=True, has_ledger=True, has_load=True) == []
    assert impossible_measures(asked, has_fault=True, has_ledger=False, has_load=False) == [
        "lost writes: it cannot be measured without ledger writes (order_rate above 0)",
        "data loss: it cannot be measured without ledger writes (order_rate above 0)",
        "P95 latency: it cannot be measured without a load",
    ]
    assert len(impossible_measures(asked, has_fault=False, has_ledger=True, has_load=True)) == 2


def test_a_window_is_read_in_any_unit_of_time() -> None:
    rows = [["measure", "at most", "in phase", "in any"], ["P95 latency", "200 ms", "steady", "1.5 min"]]
    (found,) = criteria_from_table(rows)
    assert (found.window, found.phase) == (90.0, "steady")
    assert found.title == "P95 latency in steady in any 90 s"


def test_one_measure_may_be_judged_whole_and_in_windows() -> None:
    rows = [["measure", "at least", "in any"], ["availability", "99 %", ""], ["availability", "90 %", "60 s"]]
    assert [c.window for c in criteria_from_table(rows)] == [None, 60.0]


@pytest.mark.parametrize("window", ["soon", "60", "0 s", "5 %", "-3 s"])
def test_a_window_that_is_no_span_is_refused_with_a_remedy(window: str) -> None:
    with pytest.raises(ConfigError, match="write one such as '60 s'"):
        criteria_from_table([["measure", "at least", "in any"], ["availability", "99 %", window]])


def test_a_measure_that_knows_no_windows_is_refused() -> None:
    with pytest.raises(ConfigError, match="recovery time is not measured in windows; leave out 'in any'"):
        criteria_from_table([["measure", "at most", "in any"], ["recovery time", "60 s", "60 s"]])


@pytest.mark.parametrize(
    "measure",
    ["scaling time", "scaling time from alarm to in service", "under-capacity", "over-capacity", "headroom at peak"],
)
def test_what_follows_the_rise_of_demand_needs_a_load_profile(measure: str, registered: None) -> None:
    bound = Bound(relation=Relation.AT_MOST, value=1.0, unit="s")
    asked = [Criterion(measure=measure, bound=bound)]
    has = {"has_fault": True, "has_ledger": True, "has_load": True}
    assert impossible_measures(asked, **has) == [f"{measure}: it cannot be measured without a load profile"]
    assert impossible_measures(asked, **has, has_profile=True) == []
