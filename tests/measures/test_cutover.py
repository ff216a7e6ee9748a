"""Whose DNS answer pointed at the failed region, and which was the first that no longer did."""

from dataclasses import replace

import pytest

from harness.measures.cutover_time import cutover_time
from harness.measures.registry import MEASURES, Scope
from harness.model.history import Answer, History, Stream
from harness.model.verdict import Measurement
from tests.measures.histories import answer, event, outage, probes, run

US, EU = "us-east-1", "eu-west-1"
EFFECT = 10.485
POPULATIONS = ("SA", "EU", "AP", "NA", "ME", "AF")


def taken(*answers: Answer, population: str | None = None, **fields: object) -> Measurement:
    history: History = outage([(10.5, 13.0)], answers=tuple(sorted(answers, key=lambda a: a.at)), **fields)
    return cutover_time(history, Scope(population=population))


def test_every_name_that_clients_resolve_must_leave_the_failed_region() -> None:
    other = [replace(answer(at, region), name="db.storefront.test") for at, region in ((0.1, US), (14.0, EU))]
    found = taken(answer(0.1, US), answer(12.5, EU), *other)
    assert found.value == pytest.approx((14.0 - EFFECT) * 10)
    assert "its answer for db.storefront.test pointed at eu-west-1 from 140.0 s on" in found.because


def test_the_answer_at_the_moment_of_the_injection_is_the_one_before_it() -> None:
    assert taken(answer(10.0, US), answer(12.5, EU)).value == pytest.approx((12.5 - EFFECT) * 10)


def test_a_population_that_resolved_nothing_before_the_fault_was_sent_nowhere() -> None:
    assert taken(answer(11.0, US), answer(12.5, EU)).because.startswith("no population was sent to us-east-1")
    assert taken(answer(0.1, None), answer(12.5, EU)).value is None


def test_an_answer_that_changed_as_healing_began_changed_too_late() -> None:
    assert taken(answer(0.1, US), answer(30.0, EU)).evidence["at_least"] is True
    assert "at_least" not in taken(answer(0.1, US), answer(29.9, EU)).evidence


def test_an_answer_that_came_back_twice_counts_from_the_last_time() -> None:
    flapping = [answer(at, region) for at, region in ((0.1, US), (11.0, EU), (12.0, US), (13.0, EU), (14.0, US))]
    assert taken(*flapping, answer(15.0, EU)).value == pytest.approx((15.0 - EFFECT) * 10)
    assert taken(*flapping).evidence["at_least"] is True


def test_two_failed_regions_are_both_named() -> None:
    failed = [event(10.0, "injecting", fault="x", options={"region": region}) for region in (US, "us-west-2")]
    history = run(
        probes("NA", Stream.READ, [(10.5, 13.0)]), failed, without=("injecting", "injected"), answers=(answer(0.1, EU),)
    )
    said = cutover_time(history, Scope()).because
    assert said == "no population was sent to us-east-1 or us-west-2 when the fault was injected"


def test_every_change_is_in_the_evidence_by_population() -> None:
    moved = [answer(12.0 + n * 0.1, EU, name) for n, name in enumerate(POPULATIONS)]
    found = taken(*(answer(0.1, US, name) for name in POPULATIONS), *moved)
    assert [row["population"] for row in found.evidence["changes"]] == sorted(POPULATIONS)
    assert found.evidence["changes"][-1] == {
        "population": "SA", "name": "api.storefront.test", "from": US, "to": EU, "at": 12.0, "ttl": 2.0
    }  # fmt: skip
    assert found.evidence["effect"] == pytest.approx(EFFECT)
    assert found.because == (
        "AF was last to leave us-east-1: effect at 104.8 s, "
        "its answer for api.storefront.test pointed at eu-west-1 from 125.0 s on"
    )
    assert (found.unit, found.remedy) == ("s", "a higher probe rate")
    assert found.limited_by == "the longest time between two probes, 0.5 s"


def test_a_change_to_an_address_of_no_region_is_one() -> None:
    found = taken(answer(0.1, US), answer(12.5, None))
    assert found.value == pytest.approx((12.5 - EFFECT) * 10)
    assert "pointed at no region from" in found.because
    assert found.evidence["changes"][0]["to"] is None


def test_all_who_were_never_sent_elsewhere_are_named() -> None:
    found = taken(answer(0.1, US, "NA"), answer(0.1, US, "EU"), answer(0.1, US, "AP"), answer(12.0, EU, "AP"))
    assert found.because == "EU, NA still resolved to us-east-1 when the record ended at 300.0 s"
    assert found.unit == "s"
    assert found.evidence["changes"] == [
        {"population": p, "name": "api.storefront.test", "from": US, "to": None, "at": None, "ttl": None}
        for p in ("EU", "NA")
    ]


def test_what_was_never_seen_to_change_was_wrong_for_as_long_as_it_was_watched() -> None:
    found = taken(answer(0.1, US), more=[event(11.0, "healing")], without=("healing",))
    assert found.value == pytest.approx((11.0 - 10.51) * 10)


def test_what_cannot_be_known_is_unmeasured_in_seconds_and_says_for_whom() -> None:
    assert MEASURES["cutover time"].unit == "s"
    elsewhere = taken(answer(0.1, US, "NA"), answer(12.0, EU, "NA"), population="EU")
    assert (elsewhere.value, elsewhere.unit) == (None, "s")
    assert elsewhere.because == "EU was not sent to the failed region when the fault was injected"
    assert taken().unit == "s"
    assert taken(answer(0.1, US), without=("injecting", "injected")).unit == "s"
