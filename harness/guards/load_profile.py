"""A load profile must be one that can be driven, and a fault in it must know when it strikes."""

from datetime import timedelta
from itertools import pairwise

from harness.guards.registry import guard
from harness.model.experiment import Experiment, LoadProfile
from harness.stack.descriptor import Stack

LONGEST = timedelta(hours=12)


@guard
def the_profile_can_be_driven(experiment: Experiment, stack: Stack) -> list[str]:
    """Points in order of time, from 0 on, with rates of at least 0 and one above it."""
    load = experiment.load
    if load is None or not load.points:
        return []
    name = f"load profile {load.name!r}" if load.name else "the load profile"
    return [f"{name}: {problem}" for problem in _problems(load)]


def _problems(load: LoadProfile) -> list[str]:
    times, rates = [at for at, _ in load.points], [rate for _, rate in load.points]
    wrong = []
    if times[0] != 0 or any(b < a for a, b in pairwise(times)):
        wrong.append("its points must be in order of time, and the first one at 0 s")
    if min(rates) < 0 or max(rates) <= 0:
        wrong.append("its rates must be at least 0, and one of them above it")
    if not timedelta() < load.lasts <= LONGEST:
        wrong.append(f"it lasts {load.lasts}; it takes more than nothing and at most 12 hours")
    return wrong


@guard
def the_fault_knows_when_it_strikes(experiment: Experiment, stack: Stack) -> list[str]:
    """With a fault and a profile the drill says when in the profile the fault strikes; else it must not."""
    load, at = experiment.load, experiment.strikes_at
    if load is None or not load.points:
        return ["the faults strike into a load profile, but there is none"] if at is not None else []
    if not experiment.faults:
        return ["there is no fault that could strike into the load profile"] if at is not None else []
    if at is None:
        return ['with a load profile the drill must say "the faults strike 4 minutes into the load profile"']
    if at >= load.lasts:
        return [f"the faults strike {at} into the load profile, which is over after {load.lasts}"]
    return []
