"""Guards: pure functions from an experiment and a stack to problems. All of them are asked; all problems are told."""

from collections.abc import Callable

from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack

Guard = Callable[[Experiment, Stack], list[str]]
GUARDS: list[Guard] = []


def guard(function: Guard) -> Guard:
    """Register a guard."""
    GUARDS.append(function)
    return function
