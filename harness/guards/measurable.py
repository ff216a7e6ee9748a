"""What a drill judges must be something that its stack can tell: groups that scale, metrics of the business."""

from harness.guards.registry import guard
from harness.measures.scaling_links import MOST_INSTANCES, SCALING_TIME, is_about_capacity
from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack

OF_BUSINESS = {"orders a minute": "orders", "revenue a minute": "revenue"}


@guard
def capacity_can_be_told(experiment: Experiment, stack: Stack) -> list[str]:
    """Measures of capacity need a group; those that weigh it against demand need what one instance serves."""
    wanted = list(dict.fromkeys(c.measure for c in experiment.criteria if is_about_capacity(c.measure)))
    groups = [each for each in stack.regions.values() if each.auto_scaling_group or each.ecs_service]
    if not groups:
        return [f"{name}: no region of {stack.stack} has an auto_scaling_group or an ecs_service" for name in wanted]
    if any(each.capacity_per_instance for each in groups):
        return []
    weighed = [name for name in wanted if name != MOST_INSTANCES and not name.startswith(SCALING_TIME)]
    return [f"{name}: no region of {stack.stack} says its capacity_per_instance" for name in weighed]


@guard
def business_can_be_told(experiment: Experiment, stack: Stack) -> list[str]:
    """Orders and revenue need their metric in the descriptor; every lab has them."""
    if stack.environment == "lab":
        return []
    wanted = dict.fromkeys(c.measure for c in experiment.criteria if c.measure in OF_BUSINESS)
    named = {name: stack.business and getattr(stack.business, OF_BUSINESS[name]) for name in wanted}
    return [
        f"{name}: the descriptor of {stack.stack} names no metric of its {OF_BUSINESS[name]} under business"
        for name, metric in named.items()
        if not metric
    ]
