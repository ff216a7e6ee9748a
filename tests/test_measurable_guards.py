"""Guards of what a stack can tell: each refusal in its words."""

import pytest

from harness.lab.recipe import Recipe
from harness.model.verdict import Bound, Criterion, Relation
from harness.stack.descriptor import Business, Stack
from harness.stack_source import blueprint
from tests.experiments import AWS_STACK
from tests.test_guards_refusals import refused

FINITE = blueprint(Recipe.model_validate({"instance": {"cpu_ms": 10, "wait_ms": 10, "workers": 4, "queue": 8}}), "shop")


def judged(measure: str, unit: str, stack: Stack) -> list[str]:
    bound = Bound(relation=Relation.AT_MOST, value=1.0, unit=unit)
    return [p for p in refused(stack, criteria=(Criterion(measure=measure, bound=bound),)) if p.startswith(measure)]


def without(name: str, stack: Stack = FINITE) -> Stack:
    regions = {region: each.model_copy(update={name: None or ""}) for region, each in stack.regions.items()}
    return stack.model_copy(update={"regions": regions})


@pytest.mark.parametrize("measure", ["scaling time", "most instances", "under-capacity"])
def test_capacity_of_a_stack_without_groups_cannot_be_judged(measure: str) -> None:
    (problem,) = judged(measure, "s", without("auto_scaling_group"))
    assert problem == f"{measure}: no region of shop has an auto_scaling_group or an ecs_service"


@pytest.mark.parametrize("measure", ["under-capacity", "over-capacity", "headroom at peak"])
def test_demand_needs_to_know_what_an_instance_serves(measure: str) -> None:
    assert judged(measure, "%", FINITE) == []
    (problem,) = judged(measure, "%", without("capacity_per_instance"))
    assert problem == f"{measure}: no region of shop says its capacity_per_instance"


def test_how_many_instances_there_are_needs_no_such_knowledge() -> None:
    assert judged("most instances", "instances", without("capacity_per_instance")) == []


@pytest.mark.parametrize(("measure", "what"), [("orders a minute", "orders"), ("revenue a minute", "revenue")])
def test_the_business_is_judged_by_metrics_that_the_descriptor_names(measure: str, what: str) -> None:
    (problem,) = judged(measure, "orders", AWS_STACK)
    assert problem == f"{measure}: the descriptor of storefront names no metric of its {what} under business"
    business = Business(namespace="N", orders="O", revenue="R")
    assert judged(measure, "orders", AWS_STACK.model_copy(update={"business": business})) == []
