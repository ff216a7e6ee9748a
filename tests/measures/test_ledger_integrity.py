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


def test_the_reason_says_how_many_and_where() -> None:
    twice = duplicate_writes(history(audit(a=2, b=3)), Scope())
    assert twice.because == "2 of the writes made are in eu-west-1 more than once"
    ghosts = unknown_writes(history(audit("a", unknown=("x", "y", "z"))), Scope())
    assert ghosts.because == "3 writes in eu-west-1 were made by nobody"
    assert [type(found.value) for found in (twice, ghosts)] == [float, float]


def test_at_most_fifty_are_listed_and_all_are_counted() -> None:
    many = [write(f"w{n}", 1.0 + n * 0.01) for n in range(60)]
    kept = audit(unknown=tuple(f"ghost{n}" for n in range(70)), **{f"w{n}": 2 for n in range(60)})
    twice = duplicate_writes(run(many, audit=kept), Scope())
    assert (len(twice.evidence["ids"]), twice.evidence["total"], twice.value) == (50, 60, 60)
    ghosts = unknown_writes(run(many, audit=kept), Scope())
    assert (len(ghosts.evidence["ids"]), ghosts.evidence["total"], ghosts.value) == (50, 70, 70)


def test_what_cannot_be_known_is_unmeasured_in_writes() -> None:
    for found in (duplicate_writes(history(None), Scope()), unknown_writes(history(None), Scope())):
        assert (found.value, found.unit, found.because) == (None, "writes", "the data was never read back")
