"""No more experiments at once than FIS takes, and one fault that strikes first."""

from collections import Counter
from datetime import timedelta

from harness.errors import ConfigError
from harness.faults.compilation import compile_faults
from harness.faults.packing import MOST_ACTIVE
from harness.guards.names import fault_problems
from harness.guards.registry import guard
from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack


@guard
def fis_takes_so_many(experiment: Experiment, stack: Stack) -> list[str]:
    """FIS runs five experiments at once in a region; more faults than fit into them are refused."""
    if any(fault_problems(spec, stack) for spec in experiment.faults):
        return []
    try:
        counted = Counter(each.region for each in compile_faults(experiment, stack))
    except ConfigError:
        return []  # the guard of the templates tells it
    return [
        f"the drill comes to {number} FIS experiments in {region}; FIS runs at most {MOST_ACTIVE} at once"
        for region, number in counted.items()
        if number > MOST_ACTIVE
    ]


@guard
def one_fault_strikes_first(experiment: Experiment, stack: Stack) -> list[str]:
    """Times count from the first fault, so one has to strike at 0."""
    times = [spec.after for spec in experiment.faults]
    if not times or min(times) == timedelta():
        return []
    return [f"the first fault strikes at {min(times)}; times count from the first fault: write 0 s there"]
