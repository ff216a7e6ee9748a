from harness.judge import judge
from harness.measures.ledger_integrity import duplicate_writes, unknown_writes
from harness.measures.registry import Scope
from harness.model.history import Audit, History, Outcome
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import audit, run, write

WRITES = (write("a", 9.0), write("b", 9.1, population="EU"), write("c", 9.2, Outcome.INDETERMINATE))


def history(kept: Audit | None) -> History:
    return run(WRITES, audit=kept)


def verdict(measure: str, kept: Audit | None) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=0, unit="writes")
    return judge(history(kept), [Criterion(measure=measure, bound=bound)]).findings[0].verdict


def test_every_write_with_more_than_one_row_is_a_duplicate() -> None:
    found = duplicate_writes(history(audit(a=1, b=3, c=2)), Scope())
    assert found.value == 2
    assert found.evidence["ids"] == ["b", "c"]
    assert found.evidence["rows_too_many"] == 3
    assert found.evidence["by_population"] == {"EU": 1, "NA": 1}


def test_a_write_that_was_retried_under_its_id_is_one_duplicate_not_two() -> None:
    attempts = (write("a", 9.0, Outcome.INDETERMINATE), write("a", 9.5), write("b", 9.6))
    found = duplicate_writes(run(attempts, audit=audit(a=2, b=1)), Scope())
    assert found.value == 1
    assert found.evidence["ids"] == ["a"]
    assert found.evidence["rows_too_many"] == 1


def test_a_population_has_its_own_duplicates() -> None:
    assert duplicate_writes(history(audit(a=1, b=3)), Scope(population="NA")).value == 0


def test_one_duplicate_fails_the_bound_of_none() -> None:
    assert verdict("duplicate writes", audit(a=2)) is Verdict.FAIL
    assert verdict("duplicate writes", audit(a=1, b=1)) is Verdict.PASS


def test_writes_that_nobody_made_are_unknown() -> None:
    found = unknown_writes(history(audit("a", unknown=("ghost",))), Scope())
    assert found.value == 1
    assert found.evidence == {"ids": ["ghost"], "total": 1}


def test_one_unknown_write_fails_the_bound_of_none() -> None:
    assert verdict("unknown writes", audit("a", unknown=("ghost",))) is Verdict.FAIL
    assert verdict("unknown writes", audit("a")) is Verdict.PASS


def test_data_that_was_never_read_back_is_inconclusive() -> None:
    assert verdict("duplicate writes", None) is Verdict.INCONCLUSIVE
    assert verdict("unknown writes", None) is Verdict.INCONCLUSIVE
