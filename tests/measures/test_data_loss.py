import pytest

from harness.judge import judge
from harness.measures.data_loss import data_loss, lost_writes
from harness.measures.registry import Scope
from harness.model.history import Audit, History, Outcome, Request, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import audit, probes, run, write

EFFECT = 10.485


def history(*writes: Request, kept: Audit | None, down: tuple[tuple[float, float], ...] = ((10.5, 13.0),)) -> History:
    """Reads see the fault; the ledger has just these writes."""
    return run([*probes("NA", Stream.READ, down), *writes], audit=kept)


def verdict(measure: str, of: History, at_most: float, unit: str) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit=unit)
    return judge(of, [Criterion(measure=measure, bound=bound)]).findings[0].verdict


def acknowledged(count: int = 5, spacing: float = 0.05, until: float = 10.45) -> list[Request]:
    """w0 is the last one."""
    return [write(f"w{i}", until - i * spacing) for i in range(count)]


def test_nothing_lost_is_zero_with_a_resolution() -> None:
    found = data_loss(history(*acknowledged(), kept=audit("w0", "w1", "w2", "w3", "w4")), Scope())
    assert found.value == 0
    assert found.resolution == pytest.approx((0.05 + 0.027) * 10)
    assert "0 of 5 acknowledged writes are missing in eu-west-1" in found.because


def test_it_counts_from_the_first_lost_acknowledgement_to_the_effect() -> None:
    found = data_loss(history(*acknowledged(), kept=audit("w3", "w4")), Scope())
    assert found.value == pytest.approx((EFFECT - 10.35) * 10)
    assert found.evidence["first_lost"] == pytest.approx(10.35)


def test_a_hole_in_the_middle_counts_from_the_hole() -> None:
    found = data_loss(history(*acknowledged(), kept=audit("w0", "w1", "w2", "w3")), Scope())
    assert found.value == pytest.approx((EFFECT - 10.25) * 10)


def test_writes_lost_after_the_effect_extend_the_loss_to_the_last_of_them() -> None:
    both = [*acknowledged(), write("late", 12.0)]
    found = data_loss(history(*both, kept=audit("w0", "w1", "w2", "w3", "w4")), Scope())
    assert found.value == pytest.approx(0)
    found = data_loss(history(*both, write("later", 15.0), kept=audit("w0", "w1", "w2", "w3", "w4")), Scope())
    assert found.value == pytest.approx(30.0)
    assert "both sides took writes" in found.because


def test_without_a_client_that_noticed_it_counts_to_the_injection() -> None:
    found = data_loss(history(*acknowledged(until=9.95), kept=audit("w4"), down=()), Scope())
    assert found.value == pytest.approx((10.0 - 9.80) * 10)


def test_lost_writes_are_counted_exactly() -> None:
    found = lost_writes(history(*acknowledged(), kept=audit("w3", "w4")), Scope())
    assert (found.value, found.resolution) == (3, 0)
    assert found.evidence["lost_ids"] == ["w2", "w1", "w0"]
    assert found.evidence["lost_by_population"] == {"NA": 3}


def test_at_most_fifty_ids_are_listed() -> None:
    found = lost_writes(history(*acknowledged(60), kept=audit()), Scope())
    assert found.value == 60
    assert len(found.evidence["lost_ids"]) == 50


def test_a_population_has_its_own_losses() -> None:
    writes = [write("a", 10.0), write("b", 10.1, population="EU")]
    kept = audit("a")
    assert lost_writes(history(*writes, kept=kept), Scope(population="EU")).value == 1
    assert lost_writes(history(*writes, kept=kept), Scope(population="NA")).value == 0


def test_indeterminate_writes_are_neither_lost_nor_kept() -> None:
    unsure = [write("x", 10.5, Outcome.INDETERMINATE), write("y", 10.5, Outcome.INDETERMINATE)]
    found = lost_writes(history(*acknowledged(1), *unsure, kept=audit("w0", "x")), Scope())
    assert found.value == 0
    assert found.evidence["indeterminate"] == {"there": 1, "not there": 1}
    assert "2 more had no answer" in found.because


def test_a_refused_write_that_is_there_is_shown() -> None:
    refused = write("no", 10.5, Outcome.FAILED)
    found = lost_writes(history(*acknowledged(1), refused, kept=audit("w0", "no")), Scope())
    assert found.value == 0
    assert found.evidence["refused_but_there"] == 1


def test_a_write_acknowledged_after_the_audit_cannot_be_missed_by_it() -> None:
    late = write("late", 39.5)
    assert lost_writes(history(*acknowledged(1), late, kept=audit("w0", at=39.0)), Scope()).value == 0


def test_data_that_was_never_read_back_is_inconclusive() -> None:
    of = history(*acknowledged(), kept=None)
    assert verdict("data loss", of, 1, "s") is Verdict.INCONCLUSIVE
    assert verdict("lost writes", of, 0, "writes") is Verdict.INCONCLUSIVE


def test_no_acknowledged_write_is_inconclusive() -> None:
    of = history(write("x", 10.5, Outcome.INDETERMINATE), kept=audit())
    assert verdict("data loss", of, 1, "s") is Verdict.INCONCLUSIVE
    assert verdict("lost writes", of, 0, "writes") is Verdict.INCONCLUSIVE


def test_one_lost_write_fails_the_bound_of_none() -> None:
    assert (
        verdict("lost writes", history(*acknowledged(), kept=audit("w1", "w2", "w3", "w4")), 0, "writes")
        is Verdict.FAIL
    )


def test_more_data_lost_than_allowed_fails() -> None:
    of = history(*acknowledged(60), kept=audit())
    assert verdict("data loss", of, 1, "s") is Verdict.FAIL
    assert verdict("data loss", of, 60, "s") is Verdict.PASS


def test_a_bound_within_the_resolution_is_inconclusive() -> None:
    assert verdict("data loss", history(*acknowledged(), kept=audit("w3", "w4")), 1.3, "s") is Verdict.INCONCLUSIVE


def test_without_a_fault_only_the_count_can_be_known() -> None:
    of = run(acknowledged(), without=("injecting", "injected"), audit=audit("w0"))
    assert data_loss(of, Scope()).value is None
    assert lost_writes(of, Scope()).value == 4
