import pytest

from harness.measures.voids import voids
from harness.model.history import Event, History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Relation
from tests.measures.histories import audit, event, outage, probes, run, write

RECOVERY = Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=60, unit="s"))
LOSS = Criterion(measure="data loss", bound=Bound(relation=Relation.AT_MOST, value=1, unit="s"))
LATENCY = Criterion(measure="P95 latency", bound=Bound(relation=Relation.AT_MOST, value=200, unit="ms"))


def injected(**data: object) -> Event:
    return event(10.01, "injected", fault="nothing", experiments=[], **data)


def test_a_plain_run_is_not_void() -> None:
    assert voids(outage(), [RECOVERY, LATENCY]) == ()


def test_a_fault_without_target_or_effect_touched_nothing() -> None:
    (reason,) = voids(outage([], more=[injected(targets=[])], without=("injected",)), [RECOVERY])
    assert "touched nothing" in reason


def test_a_fault_that_clients_did_not_notice_is_no_void_when_it_had_a_target() -> None:
    assert voids(outage([], more=[injected(targets=["i-1"])], without=("injected",)), [RECOVERY]) == ()


def test_a_fault_without_a_listed_target_that_clients_noticed_is_no_void() -> None:
    assert voids(outage(more=[injected(targets=[])], without=("injected",)), [RECOVERY]) == ()


def test_a_fault_that_was_announced_but_never_injected_is_void() -> None:
    assert voids(outage(without=("injected",)), [RECOVERY]) == ("announced but never injected: region loss",)


def test_no_fault_is_void_only_for_a_drill_that_wanted_one() -> None:
    calm = outage([], without=("injecting", "injected"))
    assert voids(calm, [RECOVERY]) == ("no fault was injected",)
    assert voids(calm, [LATENCY]) == ()
    meant = outage([], more=[event(0, "admitted", faults=["x"])], without=("injecting", "injected"))
    assert voids(meant, [LATENCY]) == ("no fault was injected",)


def test_what_the_run_itself_said_is_void_once() -> None:
    said = [event(9.0, "void", because="no steady state"), event(9.5, "void", because="no steady state")]
    assert voids(outage(more=said, without=("injecting", "injected")), [RECOVERY]) == ("no steady state",)


def test_an_aborted_run_is_void() -> None:
    assert voids(outage(more=[event(12.0, "aborted", because="SIGINT")]), [RECOVERY]) == (
        "the run was aborted: SIGINT",
    )


def test_an_experiment_that_failed_is_void() -> None:
    states = [
        event(10.1, "experiment", id="E1", region="us-east-1", status="running"),
        event(11.0, "experiment", id="E1", region="us-east-1", status="failed", reason="no permission"),
    ]
    assert voids(outage(more=states), [RECOVERY]) == ("FIS experiment E1 in us-east-1 failed: no permission",)
    states[1] = event(11.0, "experiment", id="E1", region="us-east-1", status="stopped")
    assert voids(outage(more=states), [RECOVERY]) == ()


def ledger(kept: bool, outcome: Outcome = Outcome.OK) -> History:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), write("a", 9.0, outcome)]
    return run(requests, audit=audit("a") if kept else None)


def test_data_that_was_never_read_back_is_void_when_a_criterion_needs_it() -> None:
    assert voids(ledger(kept=False), [RECOVERY, LOSS]) == ("the data was never read back: data loss cannot be judged",)
    assert voids(ledger(kept=False), [RECOVERY]) == ()
    assert voids(ledger(kept=True), [LOSS]) == ()


@pytest.mark.parametrize("sent", [949, 0])
def test_load_that_fell_short_of_plan_is_void(sent: int) -> None:
    totals = event(38.0, "drove", load={"planned": 1000, "sent": sent})
    (reason,) = voids(outage(more=[totals], without=("drove",)), [RECOVERY])
    assert f"{sent} of 1000 requests were sent ({sent / 10:.1f} %)" in reason


def test_load_that_was_almost_all_sent_is_not_void() -> None:
    flat = event(38.0, "drove", planned=1000, sent=950)
    assert voids(outage(more=[flat], without=("drove",)), [RECOVERY]) == ()


def test_a_journal_that_was_not_closed_is_void() -> None:
    (reason,) = voids(outage(without=("closed",)), [RECOVERY])
    assert "not closed" in reason
