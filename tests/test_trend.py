"""Runs held against one another: only what exceeds both resolutions together is a change."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.verdict import Bound, Criterion, Finding, Measurement, Relation, Verdict
from harness.trend import Change, Ran, compare, difference, follow, limits

MOST, LEAST = Relation.AT_MOST, Relation.AT_LEAST


def measured(value: float | None, resolution: float = 0.5, unit: str = "s", **evidence: object) -> Measurement:
    return Measurement(value=value, resolution=resolution, unit=unit, because="seen", evidence=evidence)


def a_run(value: float | None, measure: str = "recovery time", resolution: float = 0.5, **fields: object) -> Ran:
    criterion = Criterion(measure=measure, bound=Bound(relation=MOST, value=60.0, unit="s"))
    finding = Finding(criterion=criterion, measurement=measured(value, resolution), verdict=Verdict.PASS, because="met")
    base = Ran(
        name=f"run of {value}",
        folder="results/a/b",
        drill="a region is lost",
        environment="lab",
        time_scale=10.0,
        wall="2026-11-21T12:00:00+00:00",
        verdict=Verdict.PASS,
        findings=(finding,),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "relation", "change"),
    [
        (measured(35), measured(36), MOST, Change.SAME),
        (measured(35), measured(36.01), MOST, Change.WORSE),
        (measured(35), measured(33.9), MOST, Change.BETTER),
        (measured(35), measured(36.01), LEAST, Change.BETTER),
        (measured(35), measured(33.9), LEAST, Change.WORSE),
        (measured(0, 0), measured(1, 0), MOST, Change.WORSE),
        (measured(0, 0), measured(0, 0), MOST, Change.SAME),
        (measured(0.1, 0.1), measured(0.3, 0.1), MOST, Change.SAME),
        (measured(35), measured(None), MOST, Change.UNKNOWN),
        (measured(None), measured(35), MOST, Change.UNKNOWN),
        (measured(35), measured(35, unit="ms"), MOST, Change.UNKNOWN),
    ],
)
def test_a_change_exceeds_both_resolutions(
    before: Measurement, now: Measurement, relation: Relation, change: Change
) -> None:
    assert difference(before, now, relation).change is change


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (measured(35), measured(60, at_least=True), Change.WORSE),
        (measured(35), measured(30, at_least=True), Change.SAME),
        (measured(60, at_least=True), measured(35), Change.BETTER),
        (measured(60, at_least=True), measured(90), Change.SAME),
        (measured(60, at_least=True), measured(90, at_least=True), Change.SAME),
    ],
)
def test_a_lower_bound_has_no_end(before: Measurement, now: Measurement, change: Change) -> None:
    assert difference(before, now, MOST).change is change


def test_a_difference_has_the_uncertainty_of_both() -> None:
    found = difference(measured(35.0, 0.5), measured(36.2, 0.25), MOST)
    assert found.value == pytest.approx(1.2)
    assert found.uncertainty == 0.75


def test_a_tolerance_is_a_share_of_the_earlier_value() -> None:
    assert difference(measured(100), measured(110), MOST, tolerance=0.09).change is Change.SAME
    assert difference(measured(100), measured(110.1), MOST, tolerance=0.09).change is Change.WORSE


@given(st.floats(-1e4, 1e4), st.floats(0, 1e3), st.floats(-1e4, 1e4), st.floats(0, 1e3), st.sampled_from(Relation))
def test_what_is_worse_one_way_is_better_the_other_way(a: float, ra: float, b: float, rb: float, way: Relation) -> None:
    there, back = (difference(x, y, way).change for x, y in _pairs(a, ra, b, rb))
    opposite = {Change.WORSE: Change.BETTER, Change.BETTER: Change.WORSE, Change.SAME: Change.SAME}
    assert back is opposite[there]


def _pairs(a: float, ra: float, b: float, rb: float) -> list[tuple[Measurement, Measurement]]:
    one, other = measured(a, ra), measured(b, rb)
    return [(one, other), (other, one)]


def test_every_run_is_compared_with_the_first() -> None:
    found = compare([a_run(30), a_run(40), a_run(39.5)]).series[0]
    assert [p.difference and p.difference.change for p in found.points] == [None, Change.WORSE, Change.WORSE]


def test_a_drill_is_followed_from_run_to_run() -> None:
    found = follow([a_run(30), a_run(40), a_run(39.5)]).series[0]
    assert [p.difference and p.difference.change for p in found.points] == [None, Change.WORSE, Change.SAME]


def test_a_run_that_measured_nothing_is_passed_over_when_a_drill_is_followed() -> None:
    found = follow([a_run(30), a_run(None), a_run(40, voids=("no load",)), a_run(30.5)]).series[0]
    changes = [p.difference and p.difference.change for p in found.points]
    assert changes == [None, Change.UNKNOWN, Change.UNKNOWN, Change.SAME]


def test_a_void_run_proves_nothing_on_either_side() -> None:
    void = a_run(10, voids=("no load",))
    for runs in ([void, a_run(90)], [a_run(10), void]):
        (point,) = compare(runs).series[0].points[1:]
        assert point.difference is not None
        assert point.difference.change is Change.UNKNOWN
        assert "is void" in point.difference.because


def test_a_criterion_that_only_one_run_had_cannot_be_compared() -> None:
    found = compare([a_run(30), a_run(30, measure="downtime")])
    assert [s.title for s in found.series] == ["recovery time", "downtime"]
    assert [d.because for s in found.series if (d := s.points[1].difference)] == [
        "no such criterion in this run",
        "no such criterion before",
    ]


def test_in_what_the_runs_themselves_differ_is_said() -> None:
    other = a_run(30, environment="aws", time_scale=1.0, drill="another")
    assert compare([a_run(30), other]).notes == (
        "the drill differs: a region is lost, another",
        "the environment differs: lab, aws",
        "the time scale differs: x10, x1",
    )
    assert compare([a_run(30), a_run(31)]).notes == ()


def test_runs_that_were_never_judged_have_nothing_to_compare() -> None:
    aborted = a_run(30, findings=(), verdict=None)
    assert compare([aborted, aborted]).series == ()


def test_of_a_drill_that_is_followed_only_the_last_judged_run_can_be_a_regression() -> None:
    aborted = a_run(30, findings=(), verdict=None)
    recovered = follow([a_run(30), a_run(40), a_run(30)])
    assert recovered.of(Change.WORSE) == ()
    assert [n for _, n in follow([a_run(30), a_run(40), aborted]).of(Change.WORSE)] == [1]
    assert [n for _, n in compare([a_run(30), a_run(40), a_run(30)]).of(Change.WORSE)] == [1]


def test_an_upper_bound_has_no_lower_limit() -> None:
    bound = Measurement(value=95.0, unit="%", resolution=1.0, because="", evidence={"at_most": True})
    assert limits(bound) == (-math.inf, 96.0)
    exact = Measurement(value=99.0, unit="%", resolution=0.1, because="")
    assert difference(exact, bound, Relation.AT_LEAST).change is Change.WORSE
    assert difference(bound, exact, Relation.AT_LEAST).change is Change.BETTER
    higher = Measurement(value=99.5, unit="%", resolution=1.0, because="", evidence={"at_most": True})
    assert difference(exact, higher, Relation.AT_LEAST).change is Change.SAME
