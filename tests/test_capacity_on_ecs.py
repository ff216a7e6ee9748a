"""A region that runs on ECS: how it is described, sized and lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.stub import Stubber

from harness.aws.autoscaling import Capacity
from harness.aws.ecs import Ecs
from harness.aws.inventory import inventory
from harness.aws.session import Aws
from harness.errors import StepFailed
from harness.failover.registry import STEPS
from harness.faults.registry import FAULTS
from harness.proofs.container_instances import container_instances
from harness.proofs.registry import PROOFS, Where
from harness.stack.descriptor import Stack
from harness.stack_source import read_source
from tests.experiments import STACK
from tests.test_aws_world import EU, US, FakeSite, World

CLUSTER = f"storefront-{EU}"
MINUTE = timedelta(minutes=1)


def on_ecs(stack: Stack, *regions: str) -> Stack:
    """The same stack, where these regions run on ECS."""
    content = stack.model_dump(mode="json")
    for region in regions:
        content["regions"][region] |= {
            "auto_scaling_group": "",
            "ecs_cluster": f"storefront-{region}",
            "ecs_service": "storefront",
        }
    return Stack.model_validate(content)


def site_on_ecs(world: World) -> Any:
    """A site of a world where Europe runs on ECS."""
    site = FakeSite(world)
    site.stack = on_ecs(world.stack, EU)
    return site


def test_a_service_is_asked_for_capacity_waited_for_and_put_back() -> None:
    world = World()
    site = site_on_ecs(world)
    world.in_service[EU] = 2
    world.in_(3.0, lambda: world.in_service.update({EU: 4}))
    step, options = STEPS["set capacity"], {"region": EU, "instances": 4}
    assert step.problems(site.stack, options) == []
    undo = step.prepare(site, options)
    assert step.take(site, options, MINUTE) == f"4 healthy instances in {EU}"
    assert world.clock.at() >= 3.0
    world.in_service.clear()
    step.undo(site, undo, MINUTE)
    asked = [call for call in world.calls if "Update" in call or "SetDesired" in call]
    assert asked == [f"ecs:UpdateService {CLUSTER} storefront {count}" for count in (4, 2)]


def test_a_service_that_is_not_there_fails_before_anything_is_announced() -> None:
    world = World()
    del world.capacity[EU]
    site = site_on_ecs(world)
    with pytest.raises(StepFailed, match=f"{EU} has no ECS service storefront in cluster {CLUSTER}"):
        STEPS["set capacity"].prepare(site, {"region": EU, "instances": 4})


def test_the_inventory_tells_the_capacity_of_groups_and_services_alike() -> None:
    world = World()
    world.capacity[EU], world.in_service[EU] = 3, 1
    site = site_on_ecs(world)
    found = inventory(site)
    assert (found[f"capacity in {US}"], found[f"capacity in {EU}"]) == (
        "2 desired, 2 in service",
        "3 desired, 1 in service",
    )


def test_a_region_that_runs_on_ecs_is_lost_without_instances_to_stop() -> None:
    for region, actions in ((US, {"cut-subnets", "stop-instances"}), (EU, {"cut-subnets"})):
        (made,) = FAULTS["region loss"].compile(on_ecs(STACK, EU), lasts=MINUTE, region=region)
        assert set(made.template["actions"]) == actions
        wanted = {target for action in made.template["actions"].values() for target in action["targets"].values()}
        assert set(made.template["targets"]) == wanted


def test_a_lab_of_tasks_is_called_by_its_services_before_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "on-ecs.yaml"
    path.write_text(yaml.safe_dump({"lab": {"instances_per_region": 0, "tasks_per_region": 2}}))
    described = read_source(path).blueprint.regions[EU]
    assert (described.ecs_cluster, described.ecs_service, described.auto_scaling_group) == (CLUSTER, "storefront", "")


def test_container_instances_that_drain_do_not_count() -> None:
    aws = Aws(STACK)
    asked = {"cluster": CLUSTER, "status": "ACTIVE"}
    with Stubber(aws.client("ecs", EU)) as stub:
        stub.add_response("list_container_instances", {"containerInstanceArns": ["a", "b"], "nextToken": "x"}, asked)
        stub.add_response("list_container_instances", {"containerInstanceArns": ["c"]}, {**asked, "nextToken": "x"})
        assert Ecs(aws, EU).active_instances(CLUSTER) == 3


def test_a_drain_is_shown_by_fewer_active_container_instances() -> None:
    found = PROOFS[FAULTS["container instance drain"].proof]
    world = World()
    site = site_on_ecs(world)
    before = container_instances(site, Where(region=EU))
    world.draining[EU] = 2
    assert found.shows(before, found.read(site, Where(region=EU)))
    assert not found.shows(before, before)


def service(**more: Any) -> dict[str, Any]:
    return {"services": [{"status": "ACTIVE", "desiredCount": 3, "runningCount": 2, **more}]}


@pytest.mark.parametrize(("answer", "expected"), [
    (service(), Capacity(desired=3, in_service=2)),
    (service(status="INACTIVE"), None),
    ({"services": [], "failures": [{"arn": "a", "reason": "MISSING"}]}, None),
])  # fmt: skip
def test_only_a_service_that_is_active_has_capacity(answer: dict[str, Any], expected: Capacity | None) -> None:
    aws = Aws(STACK)
    with Stubber(aws.client("ecs", EU)) as stub:
        stub.add_response("describe_services", answer, {"cluster": CLUSTER, "services": ["storefront"]})
        assert Ecs(aws, EU).capacity(CLUSTER, "storefront") == expected
        stub.add_response("update_service", {}, {"cluster": CLUSTER, "service": "storefront", "desiredCount": 4})
        Ecs(aws, EU).set_desired(CLUSTER, "storefront", 4)
        stub.assert_no_pending_responses()
