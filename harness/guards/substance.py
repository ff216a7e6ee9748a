"""A drill must be able to show something: it needs a criterion, a fault and someone who notices."""

from harness.guards.registry import guard
from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack


@guard
def can_be_judged(experiment: Experiment, stack: Stack) -> list[str]:
    """At least one criterion, one fault, and probes that ask often enough."""
    wrong = []
    if not experiment.criteria:
        wrong.append("no success criteria: say what the drill must show before it runs")
    if not experiment.faults and not (experiment.load and experiment.load.points):
        wrong.append("no fault and no load profile: nothing would happen")
    if not experiment.hypothesis:
        wrong.append("no steady state: say what holds before the fault and must hold again after it")
    probes = [spec.probe for spec in experiment.hypothesis]
    wrong += [
        f"the steady state asks for {p!r} more than once" for p in sorted({p for p in probes if probes.count(p) > 1})
    ]
    if experiment.probe_rate <= 0:
        wrong.append("the probe rate must be above 0, or no client would notice anything")
    if experiment.load is not None and experiment.load.rate <= 0:
        wrong.append("the load must be above 0 requests per second")
    return wrong
