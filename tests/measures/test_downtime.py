import pytest

from harness.judge import judge
from harness.measures.downtime import downtime
from harness.measures.registry import Scope
from harness.model.history import History, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import outage, probes, run


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
