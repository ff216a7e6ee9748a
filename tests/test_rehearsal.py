"""A load profile as a drill, in virtual time: its phases, what the journal says, and a fault that strikes in it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.model.experiment import LoadProfile
from harness.model.history import Phase, Span
from harness.probes.settings import ProberSettings
from harness.rehearsal import course
from tests.test_run_course import Clients, Ended, FakeChild, clients, drilled  # noqa: F401  a fixture

SPIKE = ((0.0, 30.0), (100.0, 30.0), (100.0, 300.0), (400.0, 300.0), (400.0, 30.0), (600.0, 30.0))
LOAD = LoadProfile(rate=30.0, name="spike", points=SPIKE)
REHEARSED: Mapping[str, Any] = {"faults": (), "runbook": None, "load": LOAD}


@pytest.fixture(autouse=True)
def told(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> list[str]:  # noqa: F811
    """What Locust is told."""
    lines: list[str] = []

    class Generator(FakeChild):
        def tell(self, line: str) -> None:
            lines.append(line)

    monkeypatch.setattr("harness.drivers.start_locust", lambda *_: Generator(clients))
    return lines


def span(ended: Ended, phase: Phase, number: int = 0) -> Span:
    return [s for s in ended.history().spans if s.phase is phase][number]


def seconds(ended: Ended, phase: Phase, number: int = 0) -> float:
    """How long a phase lasted in model time."""
    found = span(ended, phase, number)
    return (found.until - found.since) * ended.history().time_scale


def test_each_surge_begins_a_phase_of_scaling() -> None:
    assert course(LOAD, timedelta(minutes=2)) == [
        (0, Phase.LOADED),
        (100, Phase.SCALING),
        (220, Phase.LOADED),
        (600, Phase.SETTLING),
    ]


def test_a_profile_that_begins_with_a_surge_is_scaling_at_once() -> None:
    load = LoadProfile(rate=10.0, points=((0.0, 10.0), (0.0, 50.0), (300.0, 50.0)))
    assert course(load, timedelta(minutes=2)) == [(0, Phase.SCALING), (120, Phase.LOADED), (300, Phase.SETTLING)]


def test_a_jump_from_the_base_into_the_profile_is_a_surge() -> None:
    """The profile of "a load of 10 requests per second with a spike of 50 for 5 minutes" is the spike alone."""
    load = LoadProfile(rate=10.0, points=((0.0, 50.0), (300.0, 50.0)))
    assert course(load, timedelta(minutes=2)) == [(0, Phase.SCALING), (120, Phase.LOADED), (300, Phase.SETTLING)]


def test_a_drill_without_a_fault_passes_through_its_profile(clients: Clients, tmp_path: Path) -> None:  # noqa: F811
    ended = drilled(clients, tmp_path, **REHEARSED)
    assert ended.error is None
    assert ended.phases() == ["steady", "loaded", "scaling", "loaded", "settling", "restored"]
    assert seconds(ended, Phase.LOADED) == pytest.approx(100, abs=0.1)
    assert seconds(ended, Phase.SCALING) == pytest.approx(120, abs=0.1)
    assert seconds(ended, Phase.LOADED, 1) == pytest.approx(380, abs=0.1), (
        "quiet requests after the profile are not its own"
    )


def test_the_journal_has_the_profile_before_the_generator_is_told(
    clients: Clients,  # noqa: F811
    tmp_path: Path,
    told: list[str],
) -> None:
    known: list[int] = []
    ended = drilled(clients, tmp_path, lambda e: known.append(len(told)) if e.kind == "profile" else None, **REHEARSED)
    (event,) = [e for e in ended.events if e.kind == "profile"]
    assert known == [0]
    assert told == [f"begin {clients.clock.origin_ns + round(event.data['began'] * 1e9)}"]
    assert event.data["points"] == [list(point) for point in SPIKE]
    assert event.data["surges"] == [100.0]
    assert event.data["began"] == pytest.approx(span(ended, Phase.LOADED).since)


def test_a_fault_strikes_when_it_should_and_ends_the_phases_of_the_profile(
    clients: Clients,  # noqa: F811
    tmp_path: Path,
) -> None:
    ended = drilled(clients, tmp_path, load=LOAD, strikes_at=timedelta(seconds=150))
    assert ended.error is None
    assert ended.phases()[:4] == ["steady", "loaded", "scaling", "impaired"]
    assert "scaling" not in ended.phases()[3:]
    assert "loaded" not in ended.phases()[3:]
    (profile,) = [e for e in ended.events if e.kind == "profile"]
    injecting = next(e for e in ended.events if e.kind == "injecting")
    elapsed = (injecting.at - profile.data["began"]) * ended.history().time_scale
    assert elapsed == pytest.approx(150, abs=15)


def test_the_profile_is_seen_through_after_the_failback(clients: Clients, tmp_path: Path) -> None:  # noqa: F811
    load = LoadProfile(rate=30.0, points=((0.0, 30.0), (3600.0, 30.0)))
    ended = drilled(clients, tmp_path, load=load, strikes_at=timedelta(seconds=10))
    (profile,) = [e for e in ended.events if e.kind == "profile"]
    restored = span(ended, Phase.RESTORED)
    assert (restored.until - profile.data["began"]) * ended.history().time_scale >= 3600


def test_without_a_profile_nobody_is_told_to_begin_one(
    clients: Clients,  # noqa: F811
    tmp_path: Path,
    told: list[str],
) -> None:
    ended = drilled(clients, tmp_path, load=LoadProfile(rate=30.0))
    assert told == []
    assert "profile" not in ended.kinds


def test_a_stack_that_only_its_load_slows_down_is_not_dialed_fast(
    clients: Clients,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def start(settings: ProberSettings) -> FakeChild:
        asked.append(settings.redial)
        return FakeChild(clients)

    monkeypatch.setattr("harness.drivers.start_prober", start)
    drilled(clients, tmp_path / "load", **REHEARSED)
    drilled(clients, tmp_path / "fault")
    assert asked == [False, True]
