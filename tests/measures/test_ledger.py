"""The writes of a run beside what the surviving database holds: which count, and what every finding shows of them."""

import pytest

from harness.measures.data_loss import data_loss, lost_writes
from harness.measures.ledger import Ledger, count_by_population, ledger
from harness.measures.registry import Scope
from harness.model.history import Audit, Outcome, Request, Stream
from tests.measures.histories import audit, outage, probes, run, write


def book(*writes: Request, kept: Audit, population: str | None = None) -> Ledger:
    found = ledger(run(writes, audit=kept), population)
    assert isinstance(found, Ledger)
    return found


def test_writes_are_kept_by_outcome_in_the_order_they_finished() -> None:
    made = [
        write("c", 9.3), write("a", 9.1), write("b", 9.2, Outcome.FAILED), write("e", 9.5, Outcome.INDETERMINATE),
        write("d", 9.4, Outcome.INDETERMINATE),
    ]  # fmt: skip
    found = book(*made, kept=audit("a", b=1, c=2, d=3))
    ids = [[w.write_id for w in some] for some in (found.acknowledged, found.refused, found.indeterminate)]
    assert ids == [["a", "c"], ["b"], ["d", "e"]]
    assert [w.write_id for w in found.duplicates] == ["c", "d"]
    assert found.lost == ()


def test_a_write_of_several_attempts_stands_where_the_one_that_counts_finished() -> None:
    made = [write("a", 9.1, Outcome.INDETERMINATE), write("b", 9.2), write("a", 9.3), write("c", 9.4, Outcome.FAILED)]
    made += [write("d", 9.15, Outcome.FAILED), write("c", 9.5, Outcome.FAILED)]
    found = book(*made, kept=audit("a"))
    assert [w.write_id for w in found.acknowledged] == ["b", "a"]
    assert [w.write_id for w in found.refused] == ["d", "c"]
    assert found.spacing == pytest.approx(0.1)


def test_the_evidence_counts_every_write_once() -> None:
    made = [
        write("kept", 9.0), write("lost", 9.1), write("gone", 9.2, population="EU"), write("lose", 9.3),
        write("there", 9.4, Outcome.INDETERMINATE), write("not", 9.5, Outcome.INDETERMINATE),
        write("nor", 9.6, Outcome.INDETERMINATE), write("no", 9.7, Outcome.FAILED), write("yes", 9.8, Outcome.FAILED),
    ]  # fmt: skip
    assert book(*made, kept=audit("kept", "there", "yes")).evidence() == {
        "acknowledged": 4,
        "lost": 3,
        "lost_ids": ["lost", "gone", "lose"],
        "lost_by_population": {"EU": 1, "NA": 2},
        "indeterminate": {"there": 1, "not there": 2},
        "refused_but_there": 1,
        "audited_in": "eu-west-1",
    }


def test_populations_are_counted_in_one_order() -> None:
    names = [f"clients-{n}" for n in range(12)]
    counted = count_by_population(tuple(write(name, 9.0, population=name) for name in reversed(names)))
    assert list(counted.items()) == [(name, 1) for name in sorted(names)]


def test_the_time_between_two_acknowledgements_is_their_median() -> None:
    assert book(*(write(f"w{n}", at) for n, at in enumerate((1.0, 1.5, 2.0, 9.0))), kept=audit()).spacing == 0.5
    assert book(write("only", 1.0), kept=audit()).spacing == 0.0


def test_a_write_that_finished_as_the_audit_began_counts_and_a_later_one_does_not() -> None:
    made = [write("a", 9.0), write("b", 39.0), write("c", 39.001)]
    assert [w.write_id for w in book(*made, kept=audit("a")).lost] == ["b"]


def test_a_write_without_an_id_is_none_of_the_ledger() -> None:
    assert len(book(write("a", 9.0), write("", 9.1), kept=audit()).acknowledged) == 1


def test_why_nothing_can_be_said_names_the_population() -> None:
    history = run([write("a", 9.0)], audit=audit("a"))
    assert ledger(history, "EU") == "no write of EU was acknowledged, so none could be lost"
    assert ledger(run([], audit=audit()), None) == "no write was acknowledged, so none could be lost"
    assert ledger(run([write("a", 9.0)]), None) == "the data was never read back"


def test_what_was_lost_is_told_with_numbers_and_the_region() -> None:
    made = [write(f"w{n}", 10.0 + n * 0.05) for n in range(8)]
    unsure = write("x", 10.41, Outcome.INDETERMINATE)
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *made, unsure]
    history = run(requests, audit=audit(*(f"w{n}" for n in range(5))))
    counted = "3 of 8 acknowledged writes are missing in eu-west-1; 1 more had no answer and count as neither"
    lost = lost_writes(history, Scope())
    assert (lost.because, lost.unit, lost.value) == (counted, "writes", 3.0)
    assert isinstance(lost.value, float)
    loss = data_loss(history, Scope())
    assert loss.because.startswith(f"{counted}; the first was acknowledged at 102.5 s, the effect was at ")
    assert loss.unit == "s"
    assert loss.evidence["first_lost"] == pytest.approx(10.25)
    assert loss.evidence["lost"] == 3
    assert loss.evidence["effect"] == pytest.approx(10.38, abs=0.03)
    assert loss.remedy in ("a higher order rate", "a higher probe rate")
    assert "both sides" not in loss.because


def test_losses_that_cannot_be_known_are_unmeasured_in_their_unit() -> None:
    unread = outage()
    assert [f(unread, Scope()).unit for f in (lost_writes, data_loss)] == ["writes", "s"]
    calm = run([write("a", 9.0)], without=("injecting", "injected"), audit=audit())
    found = data_loss(calm, Scope())
    assert (found.value, found.unit, found.evidence["lost"]) == (None, "s", 1)


def test_nothing_lost_is_limited_by_how_often_orders_are_made() -> None:
    made = [write(f"w{n}", 10.0 + n * 0.05) for n in range(8)]
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *made]
    found = data_loss(run(requests, audit=audit(*(f"w{n}" for n in range(8)))), Scope())
    assert (found.value, found.unit) == (0.0, "s")
    assert found.limited_by == "the time between two acknowledged writes, 0.5 s"
    assert found.remedy == "a higher order rate"
    assert found.evidence["acknowledged"] == 8
