"""From the moment somebody knew to the moment clients were served for good."""

import pytest

from harness.measures.registry import Scope
from harness.measures.time_to_recover import time_to_recover
from harness.model.history import Stream
from tests.measures.histories import alarm, event, outage, probes, run

BACK = 12.985


def test_the_reason_and_the_evidence_name_the_alarm_and_who_was_last() -> None:
    found = time_to_recover(outage(more=[alarm(11.5, poll_interval=0.2)]), Scope())
    assert found.because.startswith("no-healthy-host ")
    assert " ALARM at 11" in found.because
    assert found.because.endswith("; NA reads were last to recover, at 129.8 s")
    assert found.unit == "s"
    assert found.evidence["alarm"] == pytest.approx(11.5, abs=0.11)
    assert found.evidence["seen"] == 11.5
    assert found.evidence["recovered"] == pytest.approx(BACK)
    assert (found.limited_by, found.remedy) == ("how often alarms are asked, every 2 s", "asking alarms more often")


def test_an_alarm_without_a_name_is_an_alarm() -> None:
    nameless = event(11.5, "alarm", state="ALARM")
    found = time_to_recover(outage(more=[nameless]), Scope())
    assert found.because.startswith("an alarm ")
    assert found.resolution < time_to_recover(outage(more=[alarm(11.5, poll_interval=0.2)]), Scope()).resolution


def test_where_clients_were_served_before_the_alarm_the_reason_says_so() -> None:
    late = time_to_recover(outage(more=[alarm(14.0)]), Scope())
    assert (late.value, late.because.endswith(": clients were served again before the alarm came")) == (0, True)
    early = time_to_recover(outage(more=[alarm(11.5)]), Scope())
    assert "before the alarm" not in early.because


def test_those_who_were_never_served_again_are_named() -> None:
    down = [(10.5, 38.0)]
    requests = [*probes("EU", Stream.READ, down), *probes("NA", Stream.READ, down), *probes("AP", Stream.READ)]
    found = time_to_recover(run(requests, [alarm(11.5)], populations=("NA", "EU", "AP")), Scope())
    assert found.because == (
        "EU reads, NA reads had not recovered for good when the record ended at 300.0 s; last failed at 299.5 s"
    )
    assert (found.unit, found.evidence) == ("s", {"at_least": True, "alarm": 11.5})
    assert found.value == pytest.approx((29.95 - 11.5) * 10)


def test_an_alarm_after_the_last_failure_leaves_nothing_to_repair() -> None:
    found = time_to_recover(outage([(10.5, 29.5)], more=[alarm(29.8)]), Scope())
    assert (found.value, found.evidence["at_least"]) == (0.0, True)


def test_what_cannot_be_known_is_unmeasured_in_seconds() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ)]
    history = run(requests, [alarm(11.5)], populations=("NA", "EU"))
    unseen = time_to_recover(history, Scope(population="EU"))
    nobody_knew = time_to_recover(outage(), Scope())
    calm = time_to_recover(outage([], more=[alarm(11.5)]), Scope())
    assert [(f.value, f.unit) for f in (unseen, nobody_knew, calm)] == [(None, "s")] * 3
    assert "no client saw an effect" in calm.because


def test_what_was_not_repaired_is_counted_to_the_last_failure_of_all() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 38.0)]), *probes("EU", Stream.READ, [(10.5, 12.0)])]
    found = time_to_recover(run(requests, [alarm(11.5)], populations=("NA", "EU")), Scope())
    assert found.value == pytest.approx((29.95 - 11.5) * 10)
    assert "last failed at 299.5 s" in found.because


def test_what_came_back_after_a_fault_had_expired_was_repaired_by_nobody() -> None:
    fault = {"fault": "instance loss", "options": {}, "lasts": 20.0}
    more = [event(10.2, "injecting", fault="instance loss", faults=[fault]), alarm(11.5, poll_interval=0.2)]
    found = time_to_recover(outage(more=more), Scope())
    assert found.evidence["at_least"] is True
    assert found.value == pytest.approx((12.2 - 11.5) * 10)
    assert found.because == (
        "instance loss expired by itself at 122.0 s, before clients were served again: nobody repaired it"
    )
