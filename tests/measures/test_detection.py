import pytest

from harness.judge import judge
from harness.measures.registry import Scope
from harness.measures.time_to_detect import time_to_detect
from harness.measures.time_to_recover import time_to_recover
from harness.model.history import History, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import alarm, outage, probes, run

EFFECT, RECOVERY = 10.485, 12.985
RANG = 11.475  # seen at 11.5 by who asks every 50 ms


def verdict(measure: str, history: History, at_most: float) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="s")
    return judge(history, [Criterion(measure=measure, bound=bound)]).findings[0].verdict


def test_detection_runs_from_the_effect_to_the_first_alarm() -> None:
    found = time_to_detect(outage(more=[alarm(11.5, poll_interval=0.2), alarm(12.0)]), Scope())
    assert found.value == pytest.approx((11.4 - EFFECT) * 10)
    assert found.resolution == pytest.approx((0.027 + 0.1) * 10)


def test_an_alarm_moved_at_any_time_since_it_was_asked_before() -> None:
    found = time_to_detect(outage(more=[alarm(11.5, poll_interval=0.4)]), Scope())
    assert found.value is not None
    for moved in (11.1, 11.5):
        assert abs((moved - EFFECT) * 10 - found.value) <= found.resolution


def test_without_a_known_interval_alarms_are_as_fine_as_probes() -> None:
    assert time_to_detect(outage(more=[alarm(11.5)]), Scope()).resolution == pytest.approx(0.52)


def test_an_alarm_before_the_injection_detected_something_else() -> None:
    found = time_to_detect(outage(more=[alarm(9.0), alarm(11.5)]), Scope())
    assert found.value == pytest.approx((RANG - EFFECT) * 10)


def test_an_alarm_that_went_to_ok_detected_nothing() -> None:
    found = time_to_detect(outage(more=[alarm(10.6, state="OK"), alarm(11.5)]), Scope())
    assert found.value == pytest.approx((RANG - EFFECT) * 10)


def test_an_alarm_before_any_client_noticed_took_no_time() -> None:
    found = time_to_detect(outage(more=[alarm(10.2)]), Scope())
    assert found.value == 0
    assert "before any client saw an effect" in found.because


def test_an_outage_that_raised_no_alarm_fails_a_bound_shorter_than_what_was_observed() -> None:
    assert time_to_detect(outage(), Scope()).value == pytest.approx((30 - 10.51) * 10)
    assert verdict("time to detect", outage(), at_most=60) is Verdict.FAIL


def test_an_outage_that_raised_no_alarm_is_inconclusive_for_a_longer_bound() -> None:
    assert verdict("time to detect", outage(), at_most=300) is Verdict.INCONCLUSIVE


def test_an_alarm_while_failing_back_came_too_late() -> None:
    assert time_to_detect(outage(more=[alarm(31.0)]), Scope()).evidence["at_least"] is True


def test_detection_without_an_effect_is_unmeasured() -> None:
    assert time_to_detect(outage([], more=[alarm(11.0)]), Scope()).value is None


def test_repair_runs_from_the_alarm_to_the_recovery() -> None:
    found = time_to_recover(outage(more=[alarm(11.5, poll_interval=0.2)]), Scope())
    assert found.value == pytest.approx((RECOVERY - 11.4) * 10)
    assert found.resolution == pytest.approx((0.027 + 0.1) * 10)


def test_repair_of_a_population_ends_with_its_own_recovery() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ, [(10.5, 20.0)])]
    history = run(requests, [alarm(11.5)], populations=("NA", "EU", "AP")[:2])
    assert time_to_recover(history, Scope(population="NA")).value == pytest.approx((RECOVERY - RANG) * 10)
    assert time_to_recover(history, Scope()).value == pytest.approx(85.1)


def test_a_recovery_before_the_alarm_took_no_time() -> None:
    assert time_to_recover(outage(more=[alarm(14.0)]), Scope()).value == 0


def test_repair_without_an_alarm_is_unmeasured() -> None:
    assert verdict("time to recover", outage(), at_most=900) is Verdict.INCONCLUSIVE
    assert "no alarm" in time_to_recover(outage(), Scope()).because


def test_a_repair_that_never_ended_fails_when_it_was_watched_for_longer_than_the_bound() -> None:
    history = outage([(10.5, 38.0)], more=[alarm(11.5)])
    assert time_to_recover(history, Scope()).value == pytest.approx((29.95 - 11.5) * 10)
    assert verdict("time to recover", history, at_most=60) is Verdict.FAIL
    assert verdict("time to recover", history, at_most=600) is Verdict.INCONCLUSIVE


def test_repair_of_a_population_that_saw_nothing_is_unmeasured() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ)]
    history = run(requests, [alarm(11.5)], populations=("NA", "EU"))
    assert time_to_recover(history, Scope(population="EU")).because == "EU saw no failure"
