"""Outside the lab nothing runs without a stop condition."""

from harness.guards.registry import guard
from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack


@guard
def has_a_stop_condition(experiment: Experiment, stack: Stack) -> list[str]:
    """On AWS at least one, and never more than FIS takes; each in a region of the stack."""
    wrong = []
    if stack.environment != "lab" and not experiment.stop_conditions:
        wrong.append(
            'no stop condition: outside the lab a drill needs one (And the drill stops on the alarm "..." in "...")'
        )
    if len(experiment.stop_conditions) > 5:
        wrong.append(f"{len(experiment.stop_conditions)} stop conditions: FIS takes at most 5")
    wrong += [
        f"stop condition {c.alarm!r}: {c.region!r} is no region of {stack.stack}"
        for c in experiment.stop_conditions
        if c.region not in stack.regions
    ]
    return wrong
