"""What is said while a drill runs."""

from typing import Any

import pytest

from harness.model.history import Event, Phase
from harness.reports.drilled import facts
from harness.reports.progress import progress_line
from tests.reports.made_up_runs import region_loss


def said(kind: str, at: float = 10.0, **data: Any) -> str | None:
    return progress_line(Event(seq=1, at=at, kind=kind, data=data), 10.0)


def test_a_profile_is_said_with_its_length_and_its_peak() -> None:
    points = [[0, 30], [60, 300], [600, 30]]
    line = said("profile", name="black-friday", points=points, rate=30, began=1.0, surges=[0.0])
    assert line == '  100.0 s  load profile "black-friday" begins: 10 min, up to 300 requests/s'


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_words(phase: Phase) -> None:
    assert (said("phase", phase=phase.value) or "").endswith(" --")


def test_the_load_of_a_profile_is_told_with_its_peak_and_its_length() -> None:
    history, _, plan = region_loss()
    load = {"rate": 30.0, "name": "spike", "points": [[0.0, 30.0], [60.0, 300.0], [600.0, 30.0]]}
    told = dict(facts(history, {**plan, "experiment": {**plan["experiment"], "load": load}}))
    assert told["Load"].startswith("spike: 30 requests/s before it, at most 300 in its 10 min, ")


ALARM = {"name": "TargetTracking-storefront-AlarmHigh-1", "region": "us-east-1", "state": "ALARM", "previous": "OK"}
FLEET = {"region": "us-east-1", "desired": 4, "in_service": 2, "pending": 2, "terminating": 0, "healthy": 2}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"scaling": "out"}, "  100.0 s  us-east-1: more capacity is called for"),
        ({"scaling": "out", "state": "OK", "previous": "ALARM"}, None),
        ({"scaling": "in"}, None),
        ({}, "  100.0 s  alarm TargetTracking-storefront-AlarmHigh-1: ALARM"),
    ],
)
def test_of_the_alarms_that_scale_only_a_call_for_more_is_said(data: dict[str, str], line: str | None) -> None:
    assert said("alarm", **{**ALARM, **data}) == line


def test_a_change_of_the_fleet_is_said_with_what_it_serves_with() -> None:
    line = "  100.0 s  us-east-1: 4 desired, 2 in service, 2 of them healthy targets"
    assert said("capacity", **FLEET) == line
    assert said("capacity", **FLEET | {"terminating": 1}) == f"{line}, 1 terminating"
    assert said("capacity", **FLEET | {"healthy": None}) == "  100.0 s  us-east-1: 4 desired, 2 in service"
