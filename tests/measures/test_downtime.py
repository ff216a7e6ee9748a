import pytest

from harness.judge import judge
from harness.measures.downtime import downtime
from harness.measures.registry import Scope
from harness.model.history import History, Outcome, Request, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import outage, probes, request, run


def verdict(history: History, at_most: float) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="s")
    return judge(history, [Criterion(measure="downtime", bound=bound)]).findings[0].verdict


def test_all_outages_of_the_run_add_up() -> None:
    found = downtime(outage([(10.5, 13.0), (30.5, 31.5)]), Scope())
    assert found.value == pytest.approx(35, abs=found.resolution)
    assert found.resolution == pytest.approx(2 * (0.27 + 0.27))
    assert "in 2 outages" in found.because


def test_reads_and_writes_that_fail_together_count_once() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("NA", Stream.WRITE, [(12.0, 14.0)])]
    assert downtime(run(requests), Scope()).value == pytest.approx(35, abs=1)


def test_reads_and_writes_that_fail_apart_add_up() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 11.5)]), *probes("NA", Stream.WRITE, [(12.0, 14.0)])]
    assert downtime(run(requests), Scope()).value == pytest.approx(30, abs=1)


def test_the_worst_population_counts() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 11.5)]), *probes("EU", Stream.READ, [(20.0, 23.0)])]
    found = downtime(run(requests, populations=("NA", "EU")), Scope())
    assert found.value == pytest.approx(30, abs=found.resolution)
    assert found.because.startswith("EU was not served")
    assert found.evidence["populations"]["NA"]["seconds"] == pytest.approx(10, abs=0.6)


def test_only_the_part_in_the_phase_counts() -> None:
    history = outage([(14.0, 17.0)])
    assert downtime(history, Scope(phase="impaired")).value == pytest.approx(10, abs=0.6)
    assert downtime(history, Scope(phase="recovered")).value == pytest.approx(20, abs=0.6)
    assert downtime(history, Scope(phase="steady")).value == 0
    assert downtime(history, Scope(phase="steady")).resolution == pytest.approx(0.5)


def test_the_share_of_the_error_budget_is_in_the_evidence() -> None:
    found = downtime(outage([(10.0, 20.0)]), Scope())
    assert found.evidence["budget"] == pytest.approx(21.6 * 60)
    assert found.evidence["budget_share"] == pytest.approx(100 / 1296 * 100, rel=0.01)


def test_an_outage_that_nothing_ended_counts_until_the_end() -> None:
    found = downtime(outage([(35.0, 38.0)]), Scope())
    assert found.value == pytest.approx(30, abs=1)
    assert found.value == pytest.approx((37.975 - 34.985) * 10)


def test_no_outage_is_zero_within_one_probe() -> None:
    found = downtime(outage([]), Scope())
    assert (found.value, found.resolution) == (0, pytest.approx(0.5))


def test_too_long_fails_and_a_bound_within_the_resolution_is_inconclusive() -> None:
    assert verdict(outage([(10.5, 13.0)]), at_most=20) is Verdict.FAIL
    assert verdict(outage([(10.5, 13.0)]), at_most=25) is Verdict.INCONCLUSIVE
    assert verdict(outage([(10.5, 13.0)]), at_most=30) is Verdict.PASS


def test_a_population_that_nobody_asked_for_leaves_it_unmeasured() -> None:
    found = downtime(run(probes("NA", Stream.READ), populations=("NA", "EU")), Scope())
    assert found.value is None
    assert "no probe was sent by EU" in found.because
    assert verdict(run(), at_most=30) is Verdict.INCONCLUSIVE
    assert downtime(outage([]), Scope(phase="failing over")).value is None


def reads(*sent: float, until: float | None = None, **more: object) -> list[Request]:
    """Single reads, answered in 10 ms or at one moment."""
    return [request(at, until or at + 0.01, stream=Stream.READ, **more) for at in sent]


def test_the_reason_has_the_time_the_outages_and_the_share_of_the_budget() -> None:
    found = downtime(outage([(10.5, 13.0)]), Scope(phase="impaired", population="NA"))
    share = "1.929 % of the month's error budget at 99.95 %"
    assert found.because == f"NA was not served for 25 s in 1 outage in impaired for NA: {share}"
    assert found.evidence["populations"] == {"NA": {"seconds": pytest.approx(25.0), "outages": 1}}
    assert found.limited_by.startswith("the edges of the outage: ")
    assert found.remedy == "a higher probe rate"
    twice = downtime(outage([(10.5, 13.0), (20.0, 21.0)]), Scope())
    assert "in 2 outages: " in twice.because
    assert twice.limited_by.startswith("the edges of the outages: ")


def test_what_is_missing_is_named() -> None:
    never = downtime(outage([]), Scope(phase="failing over"))
    assert (never.unit, never.because) == ("s", "the run never was in failing over")
    assert "had no phases" in downtime(outage([], without=("phase",)), Scope()).because
    history = run(probes("NA", Stream.READ), populations=("NA", "EU", "AP"))
    silent = downtime(history, Scope(phase="steady"))
    assert (silent.unit, silent.because) == ("s", "no probe was sent by EU, AP in steady")


def test_a_population_has_its_own_downtime_though_another_was_worse() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 11.5)]), *probes("EU", Stream.READ, [(20.0, 23.0)])]
    found = downtime(run(requests, populations=("NA", "EU")), Scope(population="NA"))
    assert found.value == pytest.approx(10, abs=0.6)
    assert found.because.startswith("NA was not served")


@pytest.mark.parametrize(("sent", "known"), [(0.0, True), (10.019, True), (10.02, False), (12.0, False)])
def test_a_population_that_was_not_probed_in_the_phase_leaves_it_unmeasured(sent: float, known: bool) -> None:
    found = downtime(run(reads(sent)), Scope(phase="steady"))
    assert (found.value is not None) is known


def test_without_a_fault_outages_are_measured_too() -> None:
    calm = outage([(10.5, 13.0)], without=("injecting", "injected"))
    assert downtime(calm, Scope()).value == pytest.approx(25, abs=0.5)


def test_how_long_answers_take_is_learned_before_the_fault() -> None:
    slow = [request(13.0 + n * 0.05, 13.2 + n * 0.05, stream=Stream.READ) for n in range(500)]
    history = run([*probes("NA", Stream.READ, [(10.5, 13.0)], until=13.0), *slow])
    assert downtime(history, Scope()).value == pytest.approx(26.9, abs=0.3)


def test_outages_in_other_phases_leave_the_resolution_as_it_is() -> None:
    history = outage([(10.5, 12.0), (13.0, 14.0), (20.0, 21.0), (25.0, 26.0)])
    assert downtime(history, Scope()).resolution == pytest.approx(2.0, rel=0.1)
    assert downtime(history, Scope(phase="impaired")).resolution == pytest.approx(1.0, rel=0.1)
    assert downtime(history, Scope(phase="recovered")).resolution == pytest.approx(1.0, rel=0.1)
    assert downtime(history, Scope(phase="steady")).resolution == pytest.approx(0.5)
    assert downtime(history, Scope(phase="restored")).resolution == pytest.approx(0.5)


def test_an_outage_that_may_have_ended_in_the_phase_widens_its_resolution() -> None:
    lost = reads(14.2, outcome=Outcome.FAILED)
    answered = reads(14.7, until=15.0)
    history = run([*probes("NA", Stream.READ, until=14.0), *lost, *answered, *probes("NA", Stream.READ, since=15.05)])
    assert downtime(history, Scope(phase="recovered")).resolution > 4
    assert downtime(history, Scope(phase="restored")).resolution == pytest.approx(0.5)


def test_an_outage_that_began_after_the_phase_leaves_its_resolution() -> None:
    answered, lost = reads(14.95, 15.55), reads(15.6, outcome=Outcome.FAILED)
    history = run([*probes("NA", Stream.READ, until=14.95), *answered, *lost, *probes("NA", Stream.READ, since=15.7)])
    assert downtime(history, Scope(phase="impaired")).resolution == pytest.approx(0.5)
    assert downtime(history, Scope(phase="recovered")).resolution > 0.9


def test_an_outage_that_ended_as_the_phase_began_is_none_of_its_outages() -> None:
    dues = [n * 0.5 for n in range(70)]
    down = [13.0 <= due < 15.0 for due in dues]
    made = [
        request(due, due + 0.25, stream=Stream.READ, outcome=Outcome.FAILED if lost else Outcome.OK)
        for due, lost in zip(dues, down, strict=True)
    ]
    assert "in 0 outages in recovered" in downtime(run(made), Scope(phase="recovered")).because


def test_the_sparsest_prober_limits_what_can_be_seen() -> None:
    writes = [request(n * 0.5, n * 0.5 + 0.01, stream=Stream.WRITE) for n in range(76)]
    found = downtime(run([*probes("NA", Stream.READ), *writes]), Scope())
    assert (found.value, found.resolution) == (0, pytest.approx(5.0))


def test_outages_at_the_first_and_at_the_last_probe_are_two() -> None:
    found = downtime(outage([(0.0, 1.0), (37.0, 38.0)]), Scope())
    assert found.value == pytest.approx(19.75, abs=0.02)
    assert "in 2 outages" in found.because


def test_an_outage_ends_where_answers_came_back() -> None:
    assert downtime(outage([(10.5, 13.0)]), Scope()).value == pytest.approx((12.985 - 10.485) * 10, abs=0.01)


def test_an_earlier_outage_of_writes_adds_to_a_later_one_of_reads() -> None:
    requests = [*probes("NA", Stream.READ, [(20.0, 21.0)]), *probes("NA", Stream.WRITE, [(10.5, 12.5)])]
    found = downtime(run(requests), Scope())
    assert found.value == pytest.approx(30, abs=found.resolution)


def test_an_outage_across_two_phases_is_one() -> None:
    assert "in 1 outage:" in downtime(outage([(14.0, 17.0)]), Scope()).because
