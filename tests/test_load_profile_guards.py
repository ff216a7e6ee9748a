"""Guards of load profiles: each refusal in its words."""

from datetime import timedelta

import pytest

from harness.model.experiment import LoadProfile
from tests.test_guards_refusals import refused

MINUTE = timedelta(minutes=1)
STEP = LoadProfile(rate=10.0, name="step", points=((0.0, 10.0), (60.0, 10.0), (60.0, 50.0), (300.0, 50.0)))


def profile(*points: tuple[float, float]) -> LoadProfile:
    return LoadProfile(rate=10.0, name="mine", points=points)


def test_a_profile_without_a_fault_is_a_drill() -> None:
    assert refused(faults=(), load=STEP) == []


def test_a_load_without_a_profile_and_without_a_fault_is_none() -> None:
    assert refused(faults=(), load=LoadProfile(rate=10.0)) == ["no fault and no load profile: nothing would happen"]


def test_a_fault_that_strikes_within_the_profile_is_admitted() -> None:
    assert refused(load=STEP, strikes_at=2 * MINUTE) == []


def test_a_profile_with_a_fault_has_to_say_when_it_strikes() -> None:
    assert refused(load=STEP) == [
        'with a load profile the drill must say "the faults strike 4 minutes into the load profile"'
    ]


def test_a_fault_cannot_strike_after_the_profile() -> None:
    (problem,) = refused(load=STEP, strikes_at=5 * MINUTE)
    assert problem == "the faults strike 0:05:00 into the load profile, which is over after 0:05:00"


def test_a_fault_cannot_strike_into_no_profile() -> None:
    (problem,) = refused(strikes_at=MINUTE)
    assert problem == "the faults strike into a load profile, but there is none"


def test_no_fault_cannot_strike() -> None:
    (problem,) = refused(faults=(), load=STEP, strikes_at=MINUTE)
    assert problem == "there is no fault that could strike into the load profile"


@pytest.mark.parametrize(
    ("load", "problem"),
    [
        (profile((5, 10), (60, 20)), "its points must be in order of time, and the first one at 0 s"),
        (profile((0, 10), (60, 20), (30, 10)), "its points must be in order of time, and the first one at 0 s"),
        (profile((0, 10), (60, -1)), "its rates must be at least 0, and one of them above it"),
        (profile((0, 0), (60, 0)), "its rates must be at least 0, and one of them above it"),
        (profile((0, 10)), "it lasts 0:00:00; it takes more than nothing and at most 12 hours"),
        (profile((0, 10), (43201, 10)), "it lasts 12:00:01; it takes more than nothing and at most 12 hours"),
    ],
)
def test_a_profile_that_cannot_be_driven_is_refused(load: LoadProfile, problem: str) -> None:
    assert refused(faults=(), load=load) == [f"load profile 'mine': {problem}"]
