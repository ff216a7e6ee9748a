import pytest

from harness.judge import judge
from harness.measures.cutover_time import cutover_time
from harness.measures.registry import Scope
from harness.model.history import Answer, Event, History, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import answer, event, outage, probes, run

US, EU = "us-east-1", "eu-west-1"
EFFECT = 10.485


def history(*answers: Answer, **fields: object) -> History:
    return outage([(10.5, 13.0)], answers=answers, **fields)


def verdict(of: History, at_most: float) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="s")
    return judge(of, [Criterion(measure="cutover time", bound=bound)]).findings[0].verdict


def test_it_runs_from_the_effect_to_the_first_answer_elsewhere() -> None:
    found = cutover_time(history(answer(0.1, US), answer(12.5, EU)), Scope())
    assert found.value == pytest.approx((12.5 - EFFECT) * 10)
    assert "pointed at eu-west-1 from 125.0 s on" in found.because


def test_the_resolution_is_that_of_the_effect_and_one_probe_interval() -> None:
    found = cutover_time(history(answer(0.1, US), answer(12.5, EU)), Scope())
    assert found.resolution == pytest.approx((0.027 + 0.05) * 10)


def test_the_last_population_that_was_sent_to_the_failed_region_counts() -> None:
    answers = (
        answer(0.1, US, "NA"), answer(12.5, EU, "NA"), answer(0.1, US, "AP"), answer(14.0, EU, "AP"),
        answer(0.1, EU, "EU"), answer(20.0, "ap-southeast-1", "EU"),
    )  # fmt: skip
    assert cutover_time(history(*answers), Scope()).value == pytest.approx((14.0 - EFFECT) * 10)
    assert cutover_time(history(*answers), Scope(population="NA")).value == pytest.approx((12.5 - EFFECT) * 10)
    assert cutover_time(history(*answers), Scope(population="EU")).value is None


def test_an_answer_that_came_back_to_the_failed_region_starts_again() -> None:
    answers = (answer(0.1, US), answer(11.0, EU), answer(12.0, US), answer(13.0, EU))
    assert cutover_time(history(*answers), Scope()).value == pytest.approx((13.0 - EFFECT) * 10)


def test_an_answer_without_an_address_is_no_cutover() -> None:
    answers = (answer(0.1, US), answer(11.0, None, addresses=()), answer(13.0, EU))
    assert cutover_time(history(*answers), Scope()).value == pytest.approx((13.0 - EFFECT) * 10)


def test_a_cutover_before_any_client_noticed_took_no_time() -> None:
    assert cutover_time(history(answer(0.1, US), answer(10.2, EU)), Scope()).value == 0


def test_an_answer_that_never_changed_fails_a_bound_shorter_than_what_was_observed() -> None:
    assert verdict(history(answer(0.1, US)), at_most=30) is Verdict.FAIL


def test_an_answer_that_never_changed_is_inconclusive_for_a_longer_bound() -> None:
    assert verdict(history(answer(0.1, US)), at_most=600) is Verdict.INCONCLUSIVE


def test_an_answer_that_changed_only_while_failing_back_never_changed() -> None:
    found = cutover_time(history(answer(0.1, US), answer(30.5, EU)), Scope())
    assert found.evidence["at_least"] is True
    assert found.value == pytest.approx((30 - 10.51) * 10)
    assert "still resolved to us-east-1" in found.because


@pytest.mark.parametrize(
    ("answers", "says"),
    [((), "no DNS answer was recorded"), ((answer(0.1, EU),), "no population was sent to us-east-1")],
)
def test_nothing_to_cut_over_is_unmeasured(answers: tuple[Answer, ...], says: str) -> None:
    found = cutover_time(history(*answers), Scope())
    assert found.value is None
    assert says in found.because
    assert verdict(history(*answers), at_most=30) is Verdict.INCONCLUSIVE


def test_no_effect_is_unmeasured() -> None:
    calm = run(probes("NA", Stream.READ), answers=(answer(0.1, US), answer(12.0, EU)))
    assert cutover_time(calm, Scope()).value is None


@pytest.mark.parametrize(
    "announced",
    [
        event(10.0, "injecting", fault="region loss", options={"region": US}),
        event(10.0, "injecting", fault={"fault": "region loss", "options": {"region": US}}),
        event(10.0, "injected", fault="region loss", experiments=[{"id": "E", "region": US}]),
    ],
)
def test_the_failed_region_is_found_wherever_the_journal_names_it(announced: Event) -> None:
    requests = probes("NA", Stream.READ, [(10.5, 13.0)])
    answers = (answer(0.1, US), answer(12.5, EU))
    found = run(requests, [announced], without=("injecting", "injected"), answers=answers)
    assert cutover_time(found, Scope()).value == pytest.approx((12.5 - EFFECT) * 10)


def test_a_journal_that_names_no_region_leaves_it_unmeasured() -> None:
    requests = probes("NA", Stream.READ, [(10.5, 13.0)])
    found = run(
        requests, [event(10.0, "injecting", fault="x")], without=("injecting", "injected"), answers=(answer(0.1, US),)
    )
    assert "does not say which region" in cutover_time(found, Scope()).because
