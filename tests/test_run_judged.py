"""Edges of measures and judgement that a changed line could move without another test noticing."""

from fractions import Fraction

import pytest

from harness.judge import hold, judge
from harness.measures.availability import availability
from harness.measures.cutover_time import cutover_time
from harness.measures.data_loss import data_loss
from harness.measures.latency import latency_at
from harness.measures.recovery_time import recovery_time
from harness.measures.registry import Scope
from harness.measures.voids import voids
from harness.model.history import Answer, Event, History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Measurement, Relation, Verdict
from tests.measures.histories import answer, audit, event, load, outage, probes, request, run, write

US, EU = "us-east-1", "eu-west-1"
ALL = Scope()


def limit(value: float, relation: Relation = Relation.AT_MOST, unit: str = "s") -> Bound:
    return Bound(relation=relation, value=value, unit=unit)


def held(value: float, bound: Bound, resolution: float = 0.0, **evidence: object) -> tuple[Verdict, str]:
    return hold(Measurement(value=value, unit=bound.unit, resolution=resolution, because="x", evidence=evidence), bound)


def ended(*experiments: tuple[str, float, str]) -> History:
    """NA is down from 10.5 s to 13 s, and these experiments were over at these moments."""
    return outage([(10.5, 13.0)], more=[event(at, "experiment", id=i, status=s) for i, at, s in experiments])


# judgement


def test_a_lower_bound_that_may_lie_below_what_is_asked_for_is_no_pass() -> None:
    least = limit(60, Relation.AT_LEAST)
    assert held(61, least, 2, at_least=True)[0] is Verdict.INCONCLUSIVE


def test_a_resolution_below_zero_decides_nothing() -> None:
    assert held(30, limit(60), -1.0)[0] is Verdict.INCONCLUSIVE


def test_a_measure_that_nobody_knows_is_unmeasured_in_the_unit_of_its_bound() -> None:
    (finding,) = judge(outage(), [Criterion(measure="x", bound=limit(1, unit="ms"))]).findings
    assert finding.measurement.unit == "ms"


def test_how_many_requests_would_decide_it_is_rounded_up() -> None:
    assert "334 requests or more" in held(100, limit(99.7, Relation.AT_LEAST, "%"), 1)[1]


# recovery time


def test_a_fault_of_which_one_experiment_still_ran_had_not_ended_by_itself() -> None:
    one = ended(("A", 11.0, "completed"), ("B", 11.0, "running"))
    assert recovery_time(one, ALL).evidence["fault_ended"] is None
    assert recovery_time(ended(("A", 11.0, "completed")), ALL).evidence["fault_ended"] == 11.0


def test_a_fault_that_ended_just_as_clients_were_served_is_not_said_to_have_ended_before() -> None:
    assert recovery_time(ended(("A", 12.98, "completed")), ALL).evidence["fault_ended"] is None


def test_a_population_that_saw_nothing_is_as_unsure_as_its_slowest_probe() -> None:
    requests = [
        *probes("NA", Stream.READ, [(10.5, 13.0)]),
        *probes("EU", Stream.READ),
        *probes("EU", Stream.WRITE)[::4],
    ]
    found = recovery_time(run(requests, populations=("NA", "EU")), Scope(population="EU"))
    assert found.resolution == pytest.approx(0.2 * 10)


# data loss


def test_a_lost_write_sent_while_the_effect_may_not_have_come_is_no_sign_of_two_sides() -> None:
    lost = write("last", 10.505)
    history = run([*probes("NA", Stream.READ, [(10.5, 13.0)]), write("kept", 10.0), lost], audit=audit("kept"))
    found = data_loss(history, ALL)
    assert found.value == pytest.approx(0.025)
    assert found.value < found.resolution
    assert "both sides" not in found.because


# cutover time


def cut_over(*answers: Answer) -> Measurement:
    return cutover_time(outage([(10.5, 13.0)], answers=answers), ALL)


def test_an_answer_at_the_moment_of_the_fault_was_given_before_it() -> None:
    assert cut_over(answer(10.0, US), answer(12.5, EU)).value is not None


def test_an_answer_at_the_moment_healing_began_was_given_after_the_failover() -> None:
    assert cut_over(answer(0.1, US), answer(30.0, EU)).evidence["at_least"] is True


# availability and latency


def test_a_phase_without_load_is_not_judged_by_probes_where_there_was_load() -> None:
    history = run([*load(100, 0, 9), *probes("NA", Stream.READ)])
    assert availability(history, Scope(phase="recovered")).value is None


def test_as_many_unanswered_requests_as_lie_above_the_percentile_leave_it_measured() -> None:
    silent = [request(1 + i / 10, 9, outcome=Outcome.FAILED) for i in range(10)]
    found = latency_at(Fraction(95), run([*load(190, 0, 9), *silent]), ALL)
    assert "at_least" not in found.evidence
    assert found.value == pytest.approx(20, rel=0.001)


def test_an_unanswered_percentile_lies_above_the_longest_wait_of_all() -> None:
    silent = [request(1 + i / 10, 1 + i / 10 + 0.001, outcome=Outcome.FAILED) for i in range(50)]
    found = latency_at(Fraction(95), run([*load(190, 0, 9, seconds=0.5), *silent]), ALL)
    assert found.evidence["at_least"] is True
    assert found.value == pytest.approx(500)


# voids


RECOVERY = Criterion(measure="recovery time", bound=limit(60))
LOSS = Criterion(measure="data loss", bound=limit(1))


def drove(sent: int) -> Event:
    return event(38.0, "drove", load={"planned": 10_000, "recorded": sent})


@pytest.mark.parametrize(("sent", "short"), [(9499, True), (9500, False)])
def test_load_falls_short_below_95_percent_of_plan(sent: int, short: bool) -> None:
    assert bool(voids(outage(more=[drove(sent)], without=("drove",)), [RECOVERY])) is short


def test_one_fault_that_had_a_target_is_enough_to_have_touched_something() -> None:
    injected = [event(10.01, "injected", fault="x", targets=t) for t in ([], ["i-1"])]
    assert voids(outage([], more=injected, without=("injected",)), [RECOVERY]) == ()


def test_writes_that_nobody_answered_have_to_be_read_back_too() -> None:
    unsure = write("a", 9.0, Outcome.INDETERMINATE)
    refused = write("a", 9.0, Outcome.FAILED)
    reads = probes("NA", Stream.READ, [(10.5, 13.0)])
    assert "never read back" in voids(run([*reads, unsure]), [LOSS])[0]
    assert voids(run([*reads, refused]), [LOSS]) == ()


def test_an_aborted_run_is_void_for_that_alone() -> None:
    calm = outage([], more=[event(9.0, "aborted", because="SIGINT")], without=("injecting", "injected"))
    assert voids(calm, [RECOVERY]) == ("the run was aborted: SIGINT",)
