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


def driven(part: str = "load", **figures: object) -> History:
    """A run whose generators said this of themselves."""
    known = {"planned": 1000, "recorded": 1000, "ended_in_order": True, **figures}
    begun = event(0.0, "driving", load=100.0, probes=20.0, orders=20.0)
    return outage(more=[begun, event(38.0, "drove", **{part: known})], without=("driving", "drove"))


@pytest.mark.parametrize("sent", [949, 0])
def test_load_that_fell_short_of_plan_is_void(sent: int) -> None:
    (reason,) = voids(driven(recorded=sent), [RECOVERY])
    assert reason == f"load fell short of plan: {sent} of 1000 requests were sent ({sent / 10:.1f} %)"


def test_load_that_was_almost_all_sent_is_not_void() -> None:
    assert voids(driven(recorded=950, elapsed_s=10.0), [RECOVERY]) == ()


def test_a_generator_that_planned_less_than_its_rate_fell_short_too() -> None:
    (reason,) = voids(driven(recorded=1000, elapsed_s=20.0), [RECOVERY])
    assert "1000 of 2000 requests were sent (50.0 %)" in reason


def test_a_generator_that_did_not_end_in_order_is_void() -> None:
    (reason,) = voids(driven(ended_in_order=False), [RECOVERY])
    assert "did not end in order" in reason


def late(p99: float) -> History:
    return driven(scheduling_error_ms={"p50": 1.0, "p99": p99, "max": 900.0})


def test_a_generator_that_sends_too_late_for_what_is_judged_was_the_bottleneck() -> None:
    (reason,) = voids(late(51.0), [LATENCY])
    assert reason.startswith("the generator was the bottleneck: 1 % of its requests were sent more than 51 ms late")
    assert voids(late(50.0), [LATENCY]) == ()


def test_without_a_latency_criterion_a_generator_may_be_a_tenth_of_a_second_late() -> None:
    assert voids(late(100.0), [RECOVERY]) == ()
    assert "more than 100 ms" in voids(late(101.0), [RECOVERY])[0]


@pytest.mark.parametrize(("part", "name"), [("probes", "read probes"), ("ledger", "writes")])
def test_probes_that_were_not_recorded_are_lost(part: str, name: str) -> None:
    assert voids(driven(part, recorded=900), [RECOVERY]) == (f"probes were lost: 900 of 1000 {name} were recorded",)


def test_a_silence_of_the_probes_hides_an_outage() -> None:
    frozen = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if not 20.0 <= r.sent < 21.0]
    (reason,) = voids(run(frozen), [RECOVERY])
    assert reason == "probes were lost: NA reads were not sent for 10.5 s from 199.5 s on"
    short = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if not 20.0 <= r.sent < 20.4]
    assert voids(run(short), [RECOVERY]) == ()


def clocks(*noted: tuple[float, str], **offset: float) -> History:
    return outage(more=[event(at, "clocks", wall=f"2026-11-21T12:{wall}+00:00", **offset) for at, wall in noted])


@pytest.mark.parametrize(("ends", "moved"), [("00:41.0", "3 s"), ("00:30.0", "-8 s")])
def test_a_clock_that_was_set_during_the_run_is_void(ends: str, moved: str) -> None:
    said = voids(clocks((1.0, "00:00.0"), (39.0, ends)), [RECOVERY])
    assert said == (f"clocks apart: the clock of this machine was moved by {moved} during the run",)


@pytest.mark.parametrize("ends", ["00:36.1", "00:39.9"])
def test_a_clock_that_was_corrected_a_little_is_not(ends: str) -> None:
    assert voids(clocks((1.0, "00:00.0"), (39.0, ends)), [RECOVERY]) == ()


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (-0.9, 0.4, ""),
        (1.9, 3.2, ""),
        (2.5, 3.8, "at least 2.5 s ahead of"),
        (-9.0, -7.5, "at least 7.5 s behind"),
    ],
)
def test_a_clock_that_is_not_that_of_aws_is_void(least: float, most: float, said: str) -> None:
    found = voids(clocks((1.0, "00:00.0"), (39.0, "00:38.0"), aws_least=least, aws_most=most), [RECOVERY])
    assert (said in found[0]) if said else found == ()


def test_a_journal_that_was_not_closed_is_void() -> None:
    (reason,) = voids(outage(without=("closed",)), [RECOVERY])
    assert "not closed" in reason


def test_a_void_without_a_reason_is_still_one() -> None:
    assert voids(outage(more=[event(9.0, "void")]), [RECOVERY]) == ("void",)
    assert voids(outage(more=[event(12.0, "aborted")]), [RECOVERY]) == ("the run was aborted: nobody said why",)


def test_a_run_that_was_aborted_before_its_fault_says_only_that() -> None:
    stopped = outage([], more=[event(9.0, "aborted", because="SIGINT")], without=("injecting", "injected"))
    assert voids(stopped, [RECOVERY]) == ("the run was aborted: SIGINT",)


def test_every_fault_that_was_never_injected_is_named() -> None:
    more = [event(10.5, "injecting", fault="az loss"), event(10.6, "injecting", fault="slow links")]
    assert voids(outage(more=more), [RECOVERY]) == ("announced but never injected: az loss, slow links",)


def test_one_criterion_that_needs_a_fault_is_enough_to_miss_it() -> None:
    calm = outage([], without=("injecting", "injected"))
    assert voids(calm, [LATENCY, RECOVERY]) == ("no fault was injected",)
    admitted = outage([], more=[event(0, "admitted", faults=[])], without=("injecting", "injected"))
    assert voids(admitted, [LATENCY]) == ()


def test_one_fault_with_a_target_is_enough_to_have_broken_something() -> None:
    more = [event(10.0, "injecting", fault="nothing"), injected(targets=[])]
    assert voids(outage([], more=more), [RECOVERY]) == ()


def test_a_fault_that_touched_nothing_says_what_clients_saw() -> None:
    (reason,) = voids(outage([], more=[injected(targets=[])], without=("injected",)), [RECOVERY])
    assert reason.startswith("the fault touched nothing: no experiment had a target, and no client saw an effect")


def test_an_experiment_that_failed_without_a_reason_says_so() -> None:
    failed = event(11.0, "experiment", id="E1", region="us-east-1", status="failed")
    assert voids(outage(more=[failed]), [RECOVERY]) == ("FIS experiment E1 in us-east-1 failed: no reason given",)


def unread(*outcomes: Outcome, id_: str = "a") -> History:
    writes = [write(id_ and f"{id_}{n}", 9.0, outcome) for n, outcome in enumerate(outcomes)]
    return run([*probes("NA", Stream.READ, [(10.5, 13.0)]), *writes], audit=None)


def test_writes_that_surely_did_not_happen_need_no_reading_back() -> None:
    assert voids(unread(Outcome.FAILED), [LOSS]) == ()
    assert voids(unread(), [LOSS]) == ()
    assert len(voids(unread(Outcome.FAILED, Outcome.INDETERMINATE), [LOSS])) == 1
    assert voids(unread(Outcome.OK, id_=""), [LOSS]) == ()


def test_every_measure_that_needs_the_ledger_is_named_once() -> None:
    lost = Criterion(measure="lost writes", bound=Bound(relation=Relation.AT_MOST, value=0, unit="writes"))
    said = voids(unread(Outcome.OK), [LOSS, lost, LOSS, RECOVERY])
    assert said == ("the data was never read back: data loss, lost writes cannot be judged",)
    assert voids(unread(Outcome.OK), [Criterion(measure="recovery tme", bound=LOSS.bound)]) == ()
