"""Load workers of a master: who was gone, how well their clocks are known, and what that makes of a run."""

from typing import Any

import pytest

from harness.measures.crew import workers_apart, workers_gone
from harness.measures.driven import load_fell_short
from harness.measures.voids import voids
from harness.model.history import Event, History
from harness.reports.summary import warnings
from tests.measures.histories import event, outage

GONE = {"heard_at": 10_000_000_000, "taken_over_at": 12_500_000_000, "due_meanwhile": 100}


def worker(number: int = 1, uncertainty: float = 0.0, absences: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "worker": number,
        "host": f"host-{number}",
        "clock_uncertainty_ms": uncertainty,
        "absences": list(absences),
        "ended_in_order": not absences,
    }


def drove(*crew: dict[str, Any], begun: tuple[Event, ...] = (), **figures: Any) -> History:
    load = {"planned": 1000, "recorded": 1000, "dropped": 0, "elapsed_s": 50.0, "crew": list(crew), **figures}
    return outage(more=[*begun, event(38.0, "drove", load=load)], without=("driving", "drove"))


def test_a_run_whose_workers_stayed_says_nothing_of_them() -> None:
    history = drove(worker(1), worker(2))
    assert list(workers_gone(history)) == list(workers_apart(history)) == list(load_fell_short(history)) == []


def test_a_lost_worker_whose_part_is_less_than_a_twentieth_of_the_plan_is_a_note() -> None:
    history = drove(worker(1), worker(2, absences=(GONE,)), recorded=960)
    (note,) = workers_gone(history)
    assert note.startswith("load worker 2 on host-2 was not heard of for 25 s until others took its part")
    assert note.endswith("and did not come back. 40 requests (4.0 % of the plan) were sent by nobody")
    assert note in warnings(history)
    assert list(load_fell_short(history)) == []


def test_a_lost_worker_whose_part_is_more_makes_the_run_void() -> None:
    history = drove(worker(1), worker(2, absences=(GONE,)), recorded=940)
    (reason,) = load_fell_short(history)
    assert reason == "load fell short of plan: 940 of 1000 requests were sent (94.0 %)"
    assert reason in voids(history, ())
    assert len(list(workers_gone(history))) == 1


def test_a_worker_that_came_back_is_said_to_have() -> None:
    (note,) = workers_gone(drove(worker(1, absences=({**GONE, "back_at": 20_000_000_000},)), recorded=990, dropped=4))
    assert "and came back. 6 requests (0.6 % of the plan)" in note


@pytest.mark.parametrize(("uncertainty", "void"), [(50.0, 0), (50.1, 1)])
def test_a_clock_that_is_known_worse_than_phases_are_apart_makes_the_run_void(uncertainty: float, void: int) -> None:
    history = drove(worker(1), worker(2, uncertainty=uncertainty))
    assert len(list(workers_apart(history))) == void
    assert sum(reason.startswith("clocks apart: the clock of load worker 2") for reason in voids(history, ())) == void


def test_the_plan_of_a_master_stands_however_long_its_file_was_open() -> None:
    begun = (event(0.0, "driving", load=30.0),)
    assert list(load_fell_short(drove(worker(1), begun=begun))) == []


def test_a_profile_below_the_base_rate_asks_for_fewer_requests() -> None:
    profile = event(1.0, "profile", points=[[0, 5], [200, 5]], began=1.0, rate=100.0)
    begun = (event(0.0, "driving", load=100.0), profile)
    load = {"recorded": 1100, "elapsed_s": 30.0}
    history = outage(more=[*begun, event(38.0, "drove", load=load)], without=("driving", "drove"))
    assert list(load_fell_short(history)) == []
    (reason,) = load_fell_short(
        outage(more=[*begun, event(38.0, "drove", load={**load, "recorded": 1000})], without=("driving", "drove"))
    )
    assert reason == "load fell short of plan: 1000 of 1100 requests were sent (90.9 %)"
