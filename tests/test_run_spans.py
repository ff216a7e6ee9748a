"""How long a drill stays in each phase, in model time; what ends its waiting; and what it tells the measures."""

import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.clock import Clock
from harness.errors import Aborted, NotHealed
from harness.interrupts import noting
from harness.model.experiment import FaultSpec, StepSpec
from harness.model.history import Event, Phase
from tests.test_aws_world import EU, US
from tests.test_run_course import BOOK, Clients, Ended, clients, drilled

assert clients
SCALE = 10.0
TURN = 0.2  # a few turns of a wait, real seconds


def at(ended: Ended, kind: str) -> float:
    """When the first event of a kind was recorded."""
    return next(e.at for e in ended.events if e.kind == kind)


def entered(ended: Ended, phase: Phase) -> float:
    return next(e.at for e in ended.events if e.data.get("phase") == phase.value)


def lasted(since: float, until: float, model_seconds: float) -> bool:
    """Whether so much model time passed, give or take a few turns of a wait."""
    return 0.0 <= until - since - model_seconds / SCALE <= TURN


def losing(minutes: int, region: str = US) -> FaultSpec:
    return FaultSpec(fault="region loss", options={"region": region}, lasts=timedelta(minutes=minutes))


def test_the_steady_phase_lasts_as_long_as_the_drill_says(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, steady_for=timedelta(seconds=40))
    assert lasted(entered(ended, Phase.STEADY), entered(ended, Phase.IMPAIRED), 40)


def test_requests_of_the_steady_phase_are_answered_before_the_fault_is_announced(
    clients: Clients, tmp_path: Path
) -> None:
    ended = drilled(clients, tmp_path)
    assert lasted(entered(ended, Phase.IMPAIRED), at(ended, "injecting"), 1.0 * SCALE)


def test_the_recovered_phase_is_watched_as_long_as_the_drill_says(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, recovered_for=timedelta(seconds=50))
    assert lasted(at(ended, "recovered"), entered(ended, Phase.FAILING_BACK), 50)


def test_the_restored_phase_is_watched_as_long_as_the_drill_says(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, restored_for=timedelta(seconds=50))
    assert lasted(entered(ended, Phase.RESTORED), at(ended, "drove"), 50)


def test_healing_comes_before_the_fault_would_expire_by_itself(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, recovered_for=timedelta(hours=1))
    assert 29.0 <= at(ended, "healing") - at(ended, "injecting") < 30.0


def test_the_longest_fault_says_when_all_are_over(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(losing(10), losing(5, EU)))
    expires = next(e.data["expires_at"] for e in ended.events if e.kind == "injected")
    assert expires == pytest.approx(at(ended, "injecting") + 60.0, abs=TURN)
    assert at(ended, "healing") < expires


def test_a_drill_gives_up_on_clients_that_stay_down(clients: Clients, tmp_path: Path) -> None:
    clients.down = lambda population, _: population == "EU" and bool(clients.hit_since)
    ended = drilled(clients, tmp_path, runbook=None, give_up_after=timedelta(minutes=1))
    assert lasted(at(ended, "injected"), at(ended, "not recovered"), 60)


def test_a_drill_waits_for_an_effect_until_it_gives_up(clients: Clients, tmp_path: Path) -> None:
    clients.immune = True
    ended = drilled(clients, tmp_path, runbook=None, give_up_after=timedelta(minutes=1))
    assert lasted(at(ended, "injected"), at(ended, "not recovered"), 60)


def test_a_recovery_just_before_the_fault_expires_is_still_watched_for_the_sustained_window(
    clients: Clients, tmp_path: Path
) -> None:
    clients.promotion_takes = 4.0
    clients.in_service[EU] = 2
    clients.in_(9.0, lambda: clients.in_service.update({EU: 4}))
    grow = StepSpec(step="set capacity", options={"region": EU, "instances": 4}, deadline=timedelta(minutes=1))
    ended = drilled(clients, tmp_path, runbook=replace(BOOK, steps=(*BOOK.steps, grow)), faults=(losing(1),))
    expires = next(e.data["expires_at"] for e in ended.events if e.kind == "injected")
    assert next(e.data["since"] for e in ended.events if e.kind == "recovered") < expires < at(ended, "recovered")


def test_a_failure_before_the_fault_is_not_its_effect(clients: Clients, tmp_path: Path) -> None:
    clients.immune = True
    clients.down = lambda _, moment: 2.4 < moment < 3.0
    ended = drilled(clients, tmp_path)
    assert "no client saw an effect" in ended.because("not recovered")


def test_the_recovered_phase_begins_when_clients_were_served(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path)
    since = next(e.data["since"] for e in ended.events if e.kind == "recovered")
    span = ended.history().span(Phase.RECOVERED)
    assert span is not None
    assert span.since == since < at(ended, "recovered")


def test_the_measures_are_told_the_probe_interval_and_the_sustained_window(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, probe_rate=4.0, sustained_for=timedelta(seconds=15))
    assert ended.history().probe_interval == 0.25
    assert next(e.data["sustained_for"] for e in ended.events if e.kind == "admitted") == 15.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_drill_in_order(clients: Clients, tmp_path: Path, number: signal.Signals) -> None:
    def interrupt(event: Event) -> None:
        if event.kind == "recovered":
            signal.raise_signal(number)

    ended = drilled(clients, tmp_path, interrupt)
    assert isinstance(ended.error, Aborted)
    assert f"{number.name} received" in ended.because("aborted")[0]
    assert ended.healed()
    assert "children stopped" in clients.calls


def test_a_signal_while_healing_ends_the_drill_once_it_is_healed(clients: Clients, tmp_path: Path) -> None:
    def interrupt(event: Event) -> None:
        if event.kind == "healing":
            signal.raise_signal(signal.SIGINT)

    ended = drilled(clients, tmp_path, interrupt)
    assert isinstance(ended.error, Aborted)
    assert ended.healed()
    assert ended.kinds.count("healing") == 1
    assert ended.kinds.index("failed back") < ended.kinds.index("aborted")


def test_signals_mean_what_they_meant_before_once_a_drill_is_over(clients: Clients, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    drilled(clients, tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_terminal_that_is_closed_ends_a_drill_in_order() -> None:
    with noting():
        assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL


def test_a_drill_leaves_no_lock_behind(clients: Clients, tmp_path: Path) -> None:
    drilled(clients, tmp_path)
    assert list(tmp_path.glob("drill-*.lock")) == []


def test_a_step_that_aws_does_not_let_us_undo_does_not_keep_the_others(clients: Clients, tmp_path: Path) -> None:
    clients.broken["rds:Delete"] = "InvalidDBInstanceState"
    ended = drilled(clients, tmp_path)
    assert isinstance(ended.error, NotHealed)
    assert "promote the replica not undone" in ended.steps()
    assert "point Route 53 undone" in ended.steps()


def test_an_option_of_a_step_reaches_the_journal(clients: Clients, tmp_path: Path) -> None:
    step = StepSpec(step="set capacity", options={"region": EU, "instances": 4}, deadline=timedelta(minutes=1))
    ended = drilled(clients, tmp_path, runbook=replace(BOOK, steps=(step,)))
    taken = next(e.data for e in ended.events if e.data.get("state") == "taken")
    assert (taken["options"], taken["undo"], taken["deadline"]) == (
        {"region": EU, "instances": 4},
        {"region": EU, "desired": 2},
        60.0,
    )


def test_the_clock_of_the_tests_reads_like_the_real_one() -> None:
    real, virtual = Clock(time_scale=SCALE), Clients().clock
    assert virtual.real(timedelta(minutes=1)) == real.real(timedelta(minutes=1)) == 6.0
    assert virtual.model(6.0) == real.model(6.0) == timedelta(minutes=1)
