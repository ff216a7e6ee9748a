from hypothesis import given
from hypothesis import strategies as st

from harness.model.verdict import Bound, Criterion, Judgement, Relation, Verdict, unmeasured, worst

verdicts = st.lists(st.sampled_from(Verdict))


def test_nothing_judged_is_inconclusive_not_a_pass() -> None:
    assert worst([]) is Verdict.INCONCLUSIVE
    assert Judgement(findings=()).verdict is Verdict.INCONCLUSIVE


@given(verdicts, verdicts)
def test_worst_does_not_care_about_order_or_grouping(some: list[Verdict], others: list[Verdict]) -> None:
    assert worst(some + others) is worst(others + some)
    if some and others:
        assert worst(some + others) is worst([worst(some), worst(others)])


@given(verdicts, st.sampled_from(Verdict))
def test_one_more_verdict_never_makes_it_better(some: list[Verdict], more: Verdict) -> None:
    before = worst(some) if some else Verdict.PASS
    assert worst([*some, more]).rank >= max(before.rank, more.rank)


@given(st.lists(st.sampled_from(Verdict), min_size=1))
def test_the_worst_is_one_of_them(some: list[Verdict]) -> None:
    assert worst(some) in some


def test_a_title_names_phase_and_population() -> None:
    bound = Bound(relation=Relation.AT_MOST, value=200, unit="ms")
    where = Criterion(measure="P95 latency", bound=bound, phase="recovered", population="NA")
    assert where.title == "P95 latency in recovered for NA"


def test_a_title_names_any_window() -> None:
    bound = Bound(relation=Relation.AT_LEAST, value=99, unit="%")
    assert Criterion(measure="availability", bound=bound, window=60.0).title == "availability in any 60 s"
    assert Criterion(measure="availability", bound=bound).title == "availability"


def test_criteria_that_differ_in_their_bound_alone_judge_the_same() -> None:
    whole = {"measure": "availability", "phase": "steady", "population": "NA", "window": 60.0}
    loose, strict = (Criterion(**whole, bound=Bound(relation=Relation.AT_LEAST, value=v, unit="%")) for v in (95, 99))
    assert loose.key == strict.key == ("availability", "steady", "NA", 60.0)
    for field in whole:
        other = Criterion(**{**whole, field: "P95 latency" if field == "measure" else None}, bound=loose.bound)
        assert other.key != loose.key


def test_verdicts_are_ranked_from_pass_to_fail() -> None:
    assert sorted(Verdict, key=lambda v: v.rank) == [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert [v.rank for v in Verdict] == [0, 1, 2]


def test_what_was_not_measured_has_no_value_and_keeps_what_it_knows() -> None:
    nothing = unmeasured("ms", "nobody asked", requests=3)
    assert (nothing.value, nothing.unit, nothing.because) == (None, "ms", "nobody asked")
    assert (nothing.resolution, nothing.limited_by, nothing.remedy) == (0.0, "", "")
    assert nothing.evidence == {"requests": 3}
