"""What a time to detect says beside its value: which alarm, the effect it is counted from, what limits it."""

import pytest

from harness.measures.data_loss import data_loss
from harness.measures.registry import Scope
from harness.measures.time_to_detect import time_to_detect
from harness.model.history import Stream
from tests.measures.histories import alarm, audit, event, outage, probes, run, write

EFFECT = 10.485


def test_the_reason_and_the_evidence_name_the_alarm_and_the_effect() -> None:
    found = time_to_detect(outage(more=[alarm(11.5, poll_interval=0.2)]), Scope())
    assert found.because.startswith("no-healthy-host ")
    assert " ALARM at 11" in found.because
    assert found.because.endswith(", the effect was at 104.8 s")
    assert found.unit == "s"
    assert found.evidence["alarm"] == "no-healthy-host"
    assert found.evidence["at"] == pytest.approx(11.5, abs=0.11)
    assert found.evidence["seen"] == 11.5
    assert found.evidence["effect"] == pytest.approx(EFFECT, abs=0.003)
    assert (found.limited_by, found.remedy) == ("how often alarms are asked, every 2 s", "asking alarms more often")


def test_where_alarms_are_asked_often_what_clients_saw_limits_it() -> None:
    found = time_to_detect(outage(more=[alarm(11.5, poll_interval=0.001)]), Scope())
    assert found.limited_by.startswith("what clients saw, known to 0.2")
    assert found.limited_by.endswith(" s")
    assert found.remedy == "a higher probe rate"


def test_an_alarm_without_a_name_is_one() -> None:
    found = time_to_detect(outage(more=[event(11.5, "alarm", state="ALARM")]), Scope())
    assert found.because.startswith("an alarm ")
    assert found.evidence["alarm"] == "an alarm"


def test_what_raised_no_alarm_is_told_from_the_effect_to_the_end() -> None:
    found = time_to_detect(outage(), Scope())
    assert found.because == "no alarm went to ALARM between the effect at 104.8 s and 300.0 s"
    assert (found.unit, found.evidence["at_least"]) == ("s", True)
    assert found.evidence["effect"] == pytest.approx(EFFECT, abs=0.003)
    short = time_to_detect(outage(more=[event(11.0, "healing")]), Scope())
    assert short.value == pytest.approx((11.0 - 10.51) * 10)


def test_what_cannot_be_known_is_unmeasured_in_seconds() -> None:
    found = time_to_detect(outage([], more=[alarm(11.0)]), Scope())
    assert (found.value, found.unit) == (None, "s")


def test_where_many_orders_are_made_the_effect_limits_what_is_known_of_a_loss() -> None:
    made = [write(f"w{n}", 10.0 + n * 0.002) for n in range(200)]
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *made]
    found = data_loss(run(requests, audit=audit(*(f"w{n}" for n in range(150)))), Scope())
    assert found.limited_by.startswith("the effect of the fault, known to ")
    assert found.limited_by.endswith(" s")
    assert found.remedy == "a higher probe rate"
