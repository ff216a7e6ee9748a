"""Who noticed what and when: every stage of a recovery in its place, or why it was not seen."""

from typing import Any

import pytest

from harness.measures.disruption import disruption
from harness.measures.stages import first_alarm, stages
from harness.model.history import Event, History, Stream
from tests.measures.histories import alarm, answer, event, outage, probes, run

US, EU = "us-east-1", "eu-west-1"
EFFECT, BACK = 10.485, 12.985
NAMES = [
    "injected", "effect", "detected", "decided", "database promoted", "DNS answer changed", "first success",
    "sustained",
]  # fmt: skip


def seen(history: History) -> dict[str, dict[str, Any]]:
    found = disruption(history)
    assert not isinstance(found, str)
    rows = stages(history, found)
    assert [row["stage"] for row in rows] == NAMES
    return {row["stage"]: row for row in rows}


def step(at: float, name: str, state: str = "taken") -> Event:
    return event(at, "step", step=name, state=state)


def whole() -> History:
    more = [alarm(11.0), event(11.2, "decided", because="the alarm"), step(11.6, "promote the replica")]
    return outage(more=more, answers=(answer(0.1, US), answer(12.0, EU)))


def test_every_stage_says_when_and_by_whom() -> None:
    rows = seen(whole())
    assert {stage: row["by"] for stage, row in rows.items()} == {
        "injected": "region loss",
        "effect": "NA reads failed first",
        "detected": "no-healthy-host",
        "decided": "the alarm",
        "database promoted": "promote the replica",
        "DNS answer changed": "NA resolves to eu-west-1",
        "first success": "NA reads",
        "sustained": "NA reads",
    }
    ats = [row["at"] for row in rows.values()]
    assert ats == pytest.approx([10.01, EFFECT, 11.0, 11.2, 11.6, 12.0, BACK, BACK], abs=0.026)
    assert ats[3:6] == [11.2, 11.6, 12.0]
    assert [row["after_effect"] for row in rows.values()] == pytest.approx([(at - EFFECT) * 10 for at in ats])


def test_a_stage_that_nobody_saw_is_null_and_says_what_is_missing() -> None:
    rows = seen(outage(without=("injected",)))
    assert rows["detected"] == {
        "stage": "detected", "at": None, "after_effect": None, "by": None, "why": "no alarm went to ALARM"
    }  # fmt: skip
    assert rows["injected"]["why"] == "the fault was announced, never confirmed"
    assert rows["decided"]["why"] == "nobody decided: no runbook ran"
    assert rows["database promoted"]["why"] == "no step promoted a database"
    assert rows["DNS answer changed"]["why"] == "no DNS answer was recorded"


def test_what_an_event_does_not_say_is_left_empty() -> None:
    assert seen(outage(more=[event(11.0, "decided")]))["decided"]["by"] == ""
    assert seen(outage(more=[event(11.0, "alarm", state="ALARM")]))["detected"]["by"] == ""


def test_the_first_of_several_counts() -> None:
    more = [
        event(10.5, "injected", fault="az loss"), alarm(11.0), alarm(12.0, name="later"),
        event(11.2, "decided", because="first"), event(11.3, "decided", because="second"),
        step(11.5, "shift traffic"), step(11.6, "promote the replica"), step(11.7, "promote another"),
    ]  # fmt: skip
    rows = seen(outage(more=more))
    assert rows["injected"]["by"] == "region loss"
    assert (rows["detected"]["by"], rows["decided"]["by"]) == ("no-healthy-host", "first")
    assert rows["database promoted"]["by"] == "promote the replica"


@pytest.mark.parametrize(("at", "counts"), [(9.99, False), (10.0, True), (29.99, True), (30.0, False)])
def test_only_what_happened_from_the_injection_until_healing_began_is_a_stage(at: float, counts: bool) -> None:
    rows = seen(outage(more=[alarm(at), event(at, "decided", because="x"), step(at, "promote the replica")]))
    for stage in ("detected", "decided", "database promoted"):
        assert (rows[stage]["at"] is not None) is counts


def test_a_promotion_is_a_step_that_was_taken_and_promotes() -> None:
    more = [step(11.0, "promote the replica", "taking"), step(11.1, "shift traffic"), step(11.2, "do not promote")]
    assert seen(outage(more=[*more, event(11.3, "step", state="taken")]))["database promoted"]["at"] is None
    assert seen(outage(more=[*more, step(11.5, "promote the replica")]))["database promoted"]["at"] == 11.5


def test_an_alarm_that_is_not_in_alarm_is_no_detection() -> None:
    history = outage(more=[alarm(10.6, state="OK"), alarm(10.8, state="INSUFFICIENT_DATA"), alarm(11.5)])
    found = disruption(history)
    assert not isinstance(found, str)
    first = first_alarm(history, found)
    assert first is not None
    assert first.at == 11.5


def test_the_answer_changed_when_it_did_for_the_last_population() -> None:
    moved = (
        answer(0.1, US, "NA"), answer(0.1, US, "EU"), answer(12.0, EU, "NA"), answer(14.0, "ap-southeast-1", "EU"),
    )  # fmt: skip
    row = seen(outage(answers=moved))["DNS answer changed"]
    assert (row["at"], row["by"]) == (14.0, "EU resolves to ap-southeast-1")
    nowhere = seen(outage(answers=(answer(0.1, US), answer(12.0, None))))["DNS answer changed"]
    assert (nowhere["at"], nowhere["by"]) == (12.0, "NA resolves to no address")
    still = seen(outage(answers=(answer(0.1, US, "NA"), answer(0.1, US, "EU"))))["DNS answer changed"]
    assert (still["at"], still["why"]) == (None, "the answer never changed for EU, NA")


def test_the_first_success_is_of_whoever_was_served_first_and_sustained_of_the_last() -> None:
    requests = [*probes("EU", Stream.READ, [(10.5, 20.0)]), *probes("NA", Stream.READ, [(10.5, 13.0)])]
    rows = seen(run(requests, populations=("NA", "EU")))
    assert (rows["first success"]["by"], rows["first success"]["at"]) == ("NA reads", pytest.approx(BACK))
    assert (rows["sustained"]["by"], rows["sustained"]["at"]) == ("EU reads", pytest.approx(19.985))


def test_clients_that_were_never_served_again_had_no_success() -> None:
    rows = seen(outage([(10.5, 38.0)]))
    assert rows["first success"]["why"] == "no client was served again"
    assert rows["sustained"]["why"] == "NA reads: success was not seen to last"


def test_a_success_that_did_not_last_is_named_with_all_it_did_not_last_for() -> None:
    down = [(10.5, 29.8)]
    requests = [*probes("EU", Stream.READ, down), *probes("NA", Stream.READ, down)]
    rows = seen(run(requests, populations=("NA", "EU")))
    assert rows["first success"]["at"] == pytest.approx(29.785)
    assert rows["sustained"]["why"] == "EU reads, NA reads: success was not seen to last"
