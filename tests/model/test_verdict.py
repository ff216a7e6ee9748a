from hypothesis import given
from hypothesis import strategies as st

from harness.model.verdict import Bound, Criterion, Judgement, Relation, Verdict, worst

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
