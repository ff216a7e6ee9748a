"""What repeats add up to: pure, on runs that were never carried out."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.judge import hold
from harness.measures.censored import Amount
from harness.measures.order_statistics import Limits
from harness.model.verdict import Bound, Criterion, Finding, Measurement, Relation, Verdict, worst
from harness.repeats import ALL, Repeated, Repeats, basis_of, level, summarise
from harness.trend import Ran

MOST = Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=60.0, unit="s"))
LEAST = Criterion(measure="availability", bound=Bound(relation=Relation.AT_LEAST, value=99.0, unit="%"))
P90, MEDIAN = basis_of("P90"), basis_of("median")


def found(value: float | None, criterion: Criterion = MOST, resolution: float = 1.0, **evidence: object) -> Finding:
    """A finding, judged as every other."""
    measured = Measurement(
        value=value, unit=criterion.bound.unit, resolution=resolution, because="as seen", evidence=evidence
    )
    verdict, because = hold(measured, criterion.bound)
    return Finding(criterion=criterion, measurement=measured, verdict=verdict, because=because)


def ran(*findings: Finding, voids: tuple[str, ...] = (), judged: bool = True) -> Ran:
    verdict = Verdict.INCONCLUSIVE if voids else worst(f.verdict for f in findings)
    return Ran(
        name="1",
        folder="r/d/1",
        drill="d",
        environment="lab",
        time_scale=10.0,
        wall="",
        verdict=verdict if judged else None,
        voids=voids,
        findings=findings if judged else (),
    )


VOID = ran(found(10.0), voids=("the fault touched nothing",))
ABORTED = ran(judged=False)


def runs(*values: float | None, criterion: Criterion = MOST) -> list[Ran]:
    return [ran(found(v, criterion)) for v in values]


def only(repeats: Repeats) -> Repeated:
    (each,) = repeats.measures
    return each


# what they are judged on


def test_all_a_median_and_any_percentile_can_be_judged_on() -> None:
    assert basis_of("all") == ALL
    assert (MEDIAN.share, P90.share, basis_of("P99.9").share) == (Fraction(1, 2), Fraction(9, 10), Fraction(999, 1000))


@pytest.mark.parametrize("text", ["P0", "P0.0", "P100", "p90", "90", "P99.95", "mean", "", "P-1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write all, median, or a percentile"):
        basis_of(text)


def test_where_more_is_better_p90_is_called_p10() -> None:
    assert (level(P90, Relation.AT_MOST), level(P90, Relation.AT_LEAST)) == ("P90", "P10")
    assert {level(MEDIAN, relation) for relation in Relation} == {"median"}


# judged on all


def test_runs_that_all_pass_pass() -> None:
    repeats = summarise(runs(30, 31, 32), 3, ALL)
    assert (repeats.verdict, repeats.because) == (Verdict.PASS, "3 of 3 runs PASS")
    assert summarise(runs(30), 1, ALL).because == "1 of 1 run PASS"
    assert only(repeats).verdict is Verdict.PASS


def test_one_run_that_fails_fails_them_all() -> None:
    repeats = summarise(runs(30, 90, 32), 3, ALL)
    assert repeats.verdict is Verdict.FAIL
    assert only(repeats).because == "2 met, 1 not met of 3"


@pytest.mark.parametrize(
    "nothing", [VOID, ABORTED, ran(found(None)), ran()], ids=["void", "aborted", "unmeasured", "0"]
)
def test_a_run_that_shows_nothing_is_no_pass_and_is_never_dropped(nothing: Ran) -> None:
    repeats = summarise([*runs(30, 31), nothing], 3, ALL)
    each = only(repeats)
    assert (repeats.verdict, each.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)
    assert (each.measured, len(each.findings)) == (2, 3)
    assert each.unknown[2]
    assert each.because == "2 met, 1 undecided of 3"


def test_runs_that_never_began_are_no_pass() -> None:
    assert summarise(runs(30, 31), 3, ALL).verdict is Verdict.INCONCLUSIVE


def test_no_run_and_no_criterion_is_no_pass() -> None:
    for basis in (ALL, P90):
        assert summarise([], 1, basis).verdict is Verdict.INCONCLUSIVE
        assert summarise([ran()], 1, basis).verdict is Verdict.INCONCLUSIVE


def test_a_void_run_counts_as_undecided_whatever_it_found() -> None:
    assert only(summarise([VOID], 1, ALL)).unknown == ("void: the fault touched nothing",)


def test_another_bound_is_another_criterion() -> None:
    other = Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=90.0, unit="s"))
    repeats = summarise([*runs(30), ran(found(30, other))], 2, ALL)
    assert [m.verdict for m in repeats.measures] == [Verdict.INCONCLUSIVE] * 2
    assert repeats.measures[0].unknown[1] == "no such criterion in this run"


# judged on a percentile


def test_29_runs_that_all_meet_it_show_p90_and_28_do_not() -> None:
    assert summarise(runs(*[30] * 29), 29, P90).verdict is Verdict.PASS
    assert summarise(runs(*[30] * 28), 28, P90).verdict is Verdict.INCONCLUSIVE


def test_too_few_runs_name_how_many_would_decide_at_best() -> None:
    each = only(summarise(runs(*[30] * 5), 5, P90))
    assert each.verdict is Verdict.INCONCLUSIVE
    assert "29 repeats would show it at best (24 more that all meet it)" in each.because
    assert "3 more that all miss it would refute it" in each.because


def test_two_runs_that_miss_it_refute_p90() -> None:
    each = only(summarise(runs(90, 90, 30), 3, P90))
    assert each.verdict is Verdict.FAIL
    assert "fewer than 90 % of all runs meet it" in each.because


def test_one_miss_in_fifty_still_shows_p90_though_not_all_of_them_pass() -> None:
    assert summarise(runs(90, *[30] * 49), 50, P90).verdict is Verdict.PASS
    assert summarise(runs(90, *[30] * 49), 50, ALL).verdict is Verdict.FAIL


@pytest.mark.parametrize("nothing", [VOID, ABORTED, ran(found(None))])
def test_a_run_that_shows_nothing_neither_meets_nor_misses(nothing: Ran) -> None:
    assert summarise([*runs(*[30] * 28), nothing], 29, P90).verdict is Verdict.INCONCLUSIVE
    assert summarise([*runs(90), nothing], 2, P90).verdict is Verdict.INCONCLUSIVE
    assert summarise([*runs(*[30] * 45), nothing], 46, P90).verdict is Verdict.PASS


def test_who_stops_early_does_not_get_a_pass_that_the_rest_might_have_spoilt() -> None:
    assert summarise(runs(*[30] * 29), 29, P90).verdict is Verdict.PASS
    assert summarise(runs(*[30] * 29), 40, P90).verdict is Verdict.INCONCLUSIVE


def test_a_run_that_cannot_be_told_from_the_bound_neither_meets_nor_misses() -> None:
    assert summarise(runs(*[30] * 28, 60.5), 29, P90).verdict is Verdict.INCONCLUSIVE


def test_the_worst_criterion_wins() -> None:
    both = [ran(found(30), found(98, LEAST, 0.1)) for _ in range(29)]
    repeats = summarise(both, 29, P90)
    assert [m.verdict for m in repeats.measures] == [Verdict.PASS, Verdict.FAIL]
    assert (repeats.verdict, repeats.because) == (Verdict.FAIL, "on P90: 1 of 2 criteria PASS, 1 of 2 criteria FAIL")


def test_where_more_is_better_the_lower_tail_is_held_against_the_bound() -> None:
    good = summarise([ran(found(99.5 + n / 100, LEAST, 0.01)) for n in range(29)], 29, P90)
    assert only(good).verdict is Verdict.PASS
    assert only(good).bounds == Limits(low=pytest.approx(99.49), high=pytest.approx(99.57))


def test_the_bounds_of_the_percentile_hold_the_resolution() -> None:
    each = only(summarise(runs(*range(1, 30)), 29, P90))
    assert each.bounds == Limits(low=22.0, high=30.0)
    assert only(summarise(runs(30, 30), 2, ALL)).bounds is None


# lower bounds


def test_a_lower_bound_below_the_limit_is_undecided_and_above_it_misses() -> None:
    open_one, missed = (ran(found(v, at_least=True)) for v in (40.0, 90.0))
    assert summarise([*runs(*[30] * 28), open_one], 29, P90).verdict is Verdict.INCONCLUSIVE
    assert summarise([missed, missed], 2, P90).verdict is Verdict.FAIL


def test_a_lower_bound_has_no_upper_limit_anywhere() -> None:
    each = only(summarise([*runs(30, 31), ran(found(90.0, at_least=True))], 3, MEDIAN))
    assert each.most == Amount(value=90.0, at_least=True)
    assert each.median == Amount(value=31)
    assert each.interval is not None
    assert each.interval.limits == Limits(low=29.0, high=float("inf"))


# figures


def test_the_interval_of_the_median_counts_what_was_not_measured_as_anything() -> None:
    each = only(summarise([*runs(30, 31, 32, 33, 34), ABORTED], 6, ALL))
    assert each.interval is not None
    assert each.interval.limits == Limits(low=-float("inf"), high=float("inf"))
    assert (each.least, each.median, each.most) == (Amount(value=30), Amount(value=32), Amount(value=34))


def test_the_interval_holds_the_resolution_of_the_runs_at_its_ends() -> None:
    wide = ran(found(30.0, resolution=4.0))
    each = only(summarise([wide, *runs(31, 32, 33, 34, 35)], 6, ALL))
    assert each.interval is not None
    assert each.interval.limits == Limits(low=26.0, high=36.0)
    assert each.resolution == 4.0


VALUES = st.lists(st.one_of(st.none(), st.integers(0, 120)), min_size=1, max_size=40)
BASES = st.sampled_from([ALL, MEDIAN, P90, basis_of("P75")])


@settings(deadline=None, max_examples=80)
@given(VALUES, BASES, st.randoms())
def test_the_order_of_the_runs_does_not_matter(values: list[float | None], basis: object, noise: random.Random) -> None:
    mixed = noise.sample(values, len(values))
    one, other = (summarise(runs(*each), len(values), basis) for each in (values, mixed))
    assert (one.verdict, only(one).because, only(one).interval, only(one).bounds, only(one).spread) == (
        other.verdict, only(other).because, only(other).interval, only(other).bounds, only(other).spread,
    )  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(VALUES, BASES, st.integers(0, 39))
def test_a_run_that_is_lost_never_turns_a_verdict_into_pass_or_fail(
    values: list[float | None], basis: object, which: int
) -> None:
    less = [None if n == which % len(values) else v for n, v in enumerate(values)]
    before, after = (summarise(runs(*each), len(values), basis).verdict for each in (values, less))
    assert after in (before, Verdict.INCONCLUSIVE)


@settings(deadline=None, max_examples=80)
@given(VALUES, BASES, st.integers(0, 39), st.integers(1, 60))
def test_a_run_that_took_longer_never_gives_a_better_verdict(
    values: list[float | None], basis: object, which: int, by: int
) -> None:
    slower = [v + by if v is not None and n == which % len(values) else v for n, v in enumerate(values)]
    before, after = (summarise(runs(*each), len(values), basis).verdict for each in (values, slower))
    assert after.rank >= before.rank


@settings(deadline=None, max_examples=80)
@given(VALUES, st.sampled_from([MEDIAN, P90, basis_of("P75")]))
def test_the_verdict_is_what_the_confidence_bounds_say(values: list[float | None], basis: object) -> None:
    """Values are whole and the bound lies between two resolutions, so no end falls on it."""
    halves = [v + 0.25 if v is not None else None for v in values]
    each = only(summarise(runs(*halves), len(values), basis))
    assert each.bounds is not None
    limits, limit = each.bounds, MOST.bound.value
    expected = Verdict.PASS if limits.high <= limit else Verdict.FAIL if limits.low > limit else Verdict.INCONCLUSIVE
    assert each.verdict is expected
