"""What a recovery time says beside its value: who was last, who was first, what else there was."""

from dataclasses import replace

import pytest

from harness.measures.recovery_time import recovery_time
from harness.measures.registry import Scope
from harness.model.history import Event, History, Outcome, Stream
from tests.measures.histories import event, outage, probes, run


def two_hit() -> History:
    """NA's reads fail first, NA's writes recover last, EU saw nothing."""
    requests = [
        *probes("NA", Stream.READ, [(10.5, 13.0)]),
        *probes("NA", Stream.WRITE, [(10.6, 14.0)]),
        *probes("EU", Stream.READ),
    ]
    return run(requests, populations=("NA", "EU"))


def experiment(at: float, status: str, id_: str = "E1") -> Event:
    return event(at, "experiment", id=id_, region="us-east-1", status=status)


def test_a_recovery_says_who_was_last_and_when() -> None:
    found = recovery_time(outage(), Scope())
    assert found.because == (
        "NA reads were last to recover: first failed request at 105.0 s, "
        "first success that no failure followed at 130.1 s"
    )
    assert (found.unit, found.remedy) == ("s", "a higher probe rate")
    assert found.limited_by == "the longest time between two probes, 0.5 s"


def test_who_failed_first_is_named_where_somebody_else_was_last() -> None:
    found = recovery_time(two_hit(), Scope())
    assert found.because == (
        "NA writes were last to recover: first failed request at 106.0 s, "
        "first success that no failure followed at 140.1 s; NA reads had failed first, at 105.0 s"
    )
    assert found.value == pytest.approx(35, abs=0.1)


def test_every_outage_is_in_the_evidence() -> None:
    evidence = recovery_time(two_hit(), Scope()).evidence
    reads, writes = evidence["outages"]
    assert reads == {
        "population": "NA", "stream": "read", "failures": 50, "first_failure": 10.5, "last_failure": 12.95,
        "down": [pytest.approx(10.46, abs=0.003), pytest.approx(10.51)],
        "up": [pytest.approx(12.96, abs=0.003), pytest.approx(13.01)],
        "lasted": pytest.approx(25, abs=0.1),
    }  # fmt: skip
    assert (writes["stream"], writes["failures"]) == ("write", 68)
    assert (evidence["other_outages"], evidence["untouched"]) == ([], ["EU reads"])
    assert (evidence["sustained_for"], evidence["observed_until"], evidence["fault_ended"]) == (10.0, 30.0, None)
    assert evidence["stages"][0]["stage"] == "injected"


def test_a_population_that_saw_nothing_is_known_to_one_of_its_own_probes() -> None:
    found = recovery_time(two_hit(), Scope(population="EU"))
    assert (found.value, found.unit, found.resolution) == (0.0, "s", pytest.approx(0.5))
    assert found.because == "EU saw no failure; an outage shorter than its probes are apart would have gone unseen"
    assert (found.limited_by, found.remedy) == ("the longest time between two probes, 0.5 s", "a higher probe rate")
    assert found.evidence["untouched"] == ["EU reads"]
    nobody = recovery_time(two_hit(), Scope(population="AP"))
    assert (nobody.value, nobody.unit, nobody.because) == (None, "s", "AP sent no read or write probe")


def test_the_sparsest_prober_of_a_population_limits_what_it_can_have_missed() -> None:
    sparse = [r for n, r in enumerate(probes("EU", Stream.WRITE)) if n % 4 == 0]
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ), *sparse]
    found = recovery_time(run(requests, populations=("NA", "EU")), Scope(population="EU"))
    assert found.resolution == pytest.approx(2.0)


def test_where_requests_hung_it_is_they_that_limit_it() -> None:
    """Writes of the outage are all answered late and out of order once it is over."""
    reads = probes("NA", Stream.READ, [(10.5, 13.0)])
    writes = [
        replace(r, outcome=Outcome.INDETERMINATE, finished=r.sent + 2.0) if 10.5 <= r.sent < 13.0 else r
        for r in probes("NA", Stream.WRITE)
    ]
    slow = [replace(r, finished=14.5 + (r.sent % 0.5)) if 13.0 <= r.sent < 14.5 else r for r in writes]
    found = recovery_time(run([*reads, *slow]), Scope())
    assert found.resolution > 3 * 0.5
    assert found.limited_by.startswith("requests that hung, of NA writes")
    assert "shorter timeout" in found.remedy


def test_outages_of_several_clients_are_named_in_the_order_they_came() -> None:
    requests = [
        *probes("NA", Stream.READ, [(10.5, 13.0), (26.0, 26.5)]),
        *probes("EU", Stream.READ, [(10.5, 13.0), (20.0, 20.5)]),
    ]
    found = recovery_time(run(requests, populations=("NA", "EU")), Scope())
    assert "there were also EU reads at 200.0 s for 5 s, NA reads at 260.0 s for 5 s (see downtime)" in found.because


def test_a_fault_that_ended_while_nobody_is_known_to_be_back_is_told_of_only_with_a_recovery() -> None:
    over = [experiment(10.1, "running"), experiment(11.0, "completed")]
    found = recovery_time(outage([(10.5, 40.0)], more=over), Scope())
    assert found.evidence["at_least"] is True
    assert found.evidence["fault_ended"] is None


def test_other_outages_are_named_with_their_length_in_the_order_they_came() -> None:
    found = recovery_time(outage([(10.5, 13.0), (16.0, 20.0), (24.0, 25.0)]), Scope())
    assert found.value == pytest.approx(40, abs=0.1)
    also = "NA reads at 105.0 s for 25 s, NA reads at 240.0 s for 10 s"
    assert found.because.endswith(f"; that was the longest, there were also {also} (see downtime)")
    assert [row["first_failure"] for row in found.evidence["other_outages"]] == [10.5, 24.0]
    assert [row["first_failure"] for row in found.evidence["outages"]] == [16.0]


def test_a_stack_that_did_not_recover_says_when_it_last_failed() -> None:
    found = recovery_time(outage([(10.5, 38.0)]), Scope())
    assert found.because == "NA reads had not recovered when the record ended at 300.0 s: last failed at 299.5 s"
    assert (found.unit, found.evidence["at_least"]) == ("s", True)
    assert found.value == pytest.approx((29.95 - 10.51) * 10)
    assert found.evidence["outages"][0]["up"] is None
    assert found.evidence["outages"][0]["lasted"] is None


def test_a_success_that_was_not_watched_for_long_says_for_how_long_it_was() -> None:
    found = recovery_time(outage([(10.5, 29.5)]), Scope())
    assert found.because == "NA reads succeeded from 295.0 s on, but was watched for 5 s only; 10 s must pass"
    assert (found.unit, found.evidence["at_least"]) == ("s", True)


def test_one_that_never_came_back_is_told_rather_than_one_that_was_not_watched_for_long() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 29.5)]), *probes("EU", Stream.READ, [(10.5, 38.0)])]
    found = recovery_time(run(requests, populations=("NA", "EU")), Scope())
    assert found.because.startswith("EU reads had not recovered")


def test_an_unsettled_recovery_took_at_least_as_long_as_an_outage_that_was_over() -> None:
    found = recovery_time(outage([(10.5, 20.0), (29.0, 29.5)]), Scope())
    assert found.evidence["at_least"] is True
    assert found.value == pytest.approx((19.96 - 10.51) * 10, abs=0.1)


@pytest.mark.parametrize("status", ["completed", "stopped", "failed", "cancelled"])
def test_a_fault_that_ended_before_clients_recovered_is_told(status: str) -> None:
    more = [experiment(10.1, "running"), experiment(12.0, status), experiment(12.5, status)]
    found = recovery_time(outage(more=more), Scope())
    assert found.because.endswith("; the fault itself had ended at 120.0 s")
    assert found.evidence["fault_ended"] == 12.0


def test_a_fault_is_over_when_its_last_experiment_is() -> None:
    started = [experiment(10.1, "running"), experiment(10.1, "running", "E2"), experiment(11.0, "completed")]
    assert recovery_time(outage(more=started), Scope()).evidence["fault_ended"] is None
    both = [*started, experiment(12.0, "completed", "E2")]
    assert recovery_time(outage(more=both), Scope()).evidence["fault_ended"] == 12.0
    late = [*started, experiment(14.0, "completed", "E2")]
    assert recovery_time(outage(more=late), Scope()).evidence["fault_ended"] is None


def test_what_cannot_be_known_is_unmeasured_in_seconds() -> None:
    found = recovery_time(outage([]), Scope())
    assert (found.value, found.unit) == (None, "s")


def test_a_single_failure_that_was_not_watched_for_long_took_at_least_no_time() -> None:
    found = recovery_time(outage([(10.5, 10.55)], more=[event(11.0, "healing")]), Scope())
    assert (found.value, found.evidence["at_least"]) == (0.0, True)
