"""The storefront as an ECS service: its tasks serve, and the service keeps their number."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from control_lab import EU, US, control_lab, until
from ecs_lab import LENIENT, SERVICE, EcsLab, address_of, ecs_lab

pytestmark = pytest.mark.lab
TAGS = [{"Key": "drill", "Values": ["storefront"]}]


@pytest.fixture(scope="module")
def running() -> Iterator[EcsLab]:
    with ecs_lab(sticky=False, deregistration_delay=20, target_health=LENIENT) as lab:
        yield lab


@pytest.fixture
def ecs(running: EcsLab) -> EcsLab:
    running.settle()
    return running


def test_every_task_answers_through_the_balancer_from_its_own_zone(ecs: EcsLab) -> None:
    tasks = ecs.tasks()
    answers = {ecs.answer()[:2] for _ in range(8)}
    assert answers == {(task["availabilityZone"], id) for id, task in tasks.items()}
    assert len({zone for zone, _ in answers}) == 2
    assert set(ecs.states()) == {address_of(task) for task in tasks.values()}


def test_there_are_no_instances_and_no_group(ecs: EcsLab) -> None:
    assert ecs.lab.client("ec2").describe_instances()["Reservations"] == []
    assert ecs.lab.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert ecs.lab.client("autoscaling").describe_scaling_activities()["Activities"] == []
    group = ecs.lab.client("elbv2").describe_target_groups()["TargetGroups"][0]
    assert group["TargetType"] == "ip"
    assert "auto_scaling_group" not in ecs.lab.stack["regions"][US]


def test_the_tags_of_the_stack_are_on_everything(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    hosts = client.list_container_instances(cluster=cluster)["containerInstanceArns"]
    service = ecs.service()
    for arn in (service["clusterArn"], service["serviceArn"], *hosts, *client.list_tasks(cluster=cluster)["taskArns"]):
        assert {"key": "drill", "value": "storefront"} in client.list_tags_for_resource(resourceArn=arn)["tags"]
    tagging = ecs.lab.client("resourcegroupstaggingapi")
    found = tagging.get_resources(TagFilters=TAGS, ResourceTypeFilters=["ecs"])["ResourceTagMappingList"]
    assert {service["clusterArn"], service["serviceArn"]} <= {each["ResourceARN"] for each in found}
    client.tag_resource(resourceArn=service["serviceArn"], tags=[{"key": "owner", "value": "me"}])
    described = client.describe_services(cluster=cluster, services=[SERVICE], include=["TAGS"])["services"][0]
    assert {"key": "owner", "value": "me"} in described["tags"]
    client.untag_resource(resourceArn=service["serviceArn"], tagKeys=["owner"])
    assert "owner" not in str(client.list_tags_for_resource(resourceArn=service["serviceArn"])["tags"])


def test_tasks_are_placed_on_container_instances_of_their_zones(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    arns = client.list_container_instances(cluster=cluster, status="ACTIVE")["containerInstanceArns"]
    hosts = client.describe_container_instances(cluster=cluster, containerInstances=arns)["containerInstances"]
    zones = {host["containerInstanceArn"]: host["attributes"][0]["value"] for host in hosts}
    assert sorted(zones.values()) == [f"{US}{letter}" for letter in "abc"]
    for id, task in ecs.tasks().items():
        assert zones[task["containerInstanceArn"]] == task["availabilityZone"]
        on_it = client.list_tasks(cluster=cluster, containerInstance=task["containerInstanceArn"])["taskArns"]
        assert [arn.rpartition("/")[2] for arn in on_it] == [id]


def test_a_stopped_task_drains_first_and_is_replaced(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    victim, other = ecs.settle()
    address = address_of(ecs.task(victim))
    assert ecs.serving() == {victim, other}  # a task to which nobody has a connection does not drain
    stopped = client.stop_task(cluster=cluster, task=victim, reason="a test")["task"]
    assert stopped["desiredStatus"] == "STOPPED"
    until(lambda: ecs.states().get(address) == "draining", "it drains")
    assert ecs.task(victim)["lastStatus"] == "DEACTIVATING"
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "it is stopped")
    ended = ecs.task(victim)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "a test")
    assert ended["containers"][0]["exitCode"] == 137
    serving = ecs.settle()
    assert other in serving
    assert victim not in serving
    assert ecs.serving() == serving
    statuses = [event["status"] for event in ecs.lab.truth("task") if event["task"] == victim]
    started, ending = ["PENDING", "ACTIVATING", "RUNNING"], ["STOPPING", "DEPROVISIONING", "STOPPED"]
    assert statuses == [*started, "DEACTIVATING", *ending]
    assert victim in str(client.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"])


def test_as_many_tasks_serve_as_are_desired(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    before = ecs.settle()
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=4)
    four = ecs.settle(4)
    assert before < four == ecs.serving()
    assert ecs.service()["runningCount"] == 4
    zones = [task["availabilityZone"] for task in ecs.tasks().values()]
    assert len(set(zones)) == 3
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=2)
    left = ecs.settle(2)
    assert left < four
    gone = [ecs.task(id) for id in four - left]
    assert {task["stopCode"] for task in gone} == {"ServiceSchedulerInitiated"}
    until(
        lambda: "has reached a steady state" in str(ecs.service()["events"][:3]), "the service says that it is steady"
    )


def test_a_container_instance_that_is_put_to_draining_gives_up_its_tasks_until_it_is_active(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    victim = min(ecs.settle())
    host = ecs.task(victim)["containerInstanceArn"]

    def put(status: str) -> list[dict[str, str]]:
        changed = client.update_container_instances_state(cluster=cluster, containerInstances=[host], status=status)
        return list(changed["containerInstances"])

    assert put("DRAINING")[0]["status"] == "DRAINING"
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "its task is stopped")
    after = ecs.settle()
    assert host not in {ecs.task(id)["containerInstanceArn"] for id in after}
    assert put("ACTIVE")[0]["status"] == "ACTIVE"
    assert ecs.settle() == after
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=3)
    assert host in {ecs.task(id)["containerInstanceArn"] for id in ecs.settle(3)}
    client.update_service(cluster=cluster, service=SERVICE, desiredCount=2)


def test_a_task_that_fails_health_checks_is_replaced_elsewhere(ecs: EcsLab) -> None:
    victim = min(ecs.settle())
    zone = ecs.task(victim)["availabilityZone"]
    subnets = {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}}
    target = {"Subnets": {**subnets, "parameters": {"availabilityZoneIdentifier": zone}}}
    experiment = ecs.lab.start(
        ecs.lab.template("aws:network:disrupt-connectivity", target, scope="all", duration="PT1H")
    )
    until(lambda: ecs.task(victim)["lastStatus"] == "STOPPED", "the task is stopped")
    assert ecs.task(victim)["stoppedReason"].startswith("Task failed ELB health checks in (target-group arn:")
    until(lambda: victim not in ecs.tasks() and ecs.service()["runningCount"] == 2, "it is replaced")
    assert zone not in {task["availabilityZone"] for task in ecs.tasks().values()}
    assert ecs.settle() == ecs.serving()
    ecs.lab.client("fis").stop_experiment(id=experiment)
    until(lambda: ecs.lab.experiment(experiment)["state"]["status"] == "stopped", "it is stopped")


@pytest.mark.parametrize(("operation", "arguments", "code"), [
    ("describe_services", {"cluster": "other", "services": [SERVICE]}, "ClusterNotFoundException"),
    ("list_tasks", {}, "ClusterNotFoundException"),
    ("update_service", {"cluster": f"storefront-{US}", "service": "other"}, "ServiceNotFoundException"),
    ("update_service", {"cluster": f"storefront-{US}", "service": SERVICE, "forceNewDeployment": True},
     "NotImplemented"),
    ("stop_task", {"cluster": f"storefront-{US}", "task": "0" * 32}, "InvalidParameterException"),
    ("update_container_instances_state",
     {"cluster": f"storefront-{US}", "containerInstances": [], "status": "REGISTERING"}, "InvalidParameterException"),
    ("register_task_definition", {"family": "x", "containerDefinitions": []}, "NotImplemented"),
])  # fmt: skip
def test_what_there_is_not_and_what_the_lab_cannot_do_is_refused(
    ecs: EcsLab, operation: str, arguments: dict[str, object], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(ecs.lab.client("ecs"), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_what_is_not_found_is_told_as_a_failure(ecs: EcsLab) -> None:
    client, cluster = ecs.lab.client("ecs"), ecs.cluster()
    assert client.describe_clusters(clusters=["other"])["failures"][0]["reason"] == "MISSING"
    assert client.describe_services(cluster=cluster, services=["other"])["failures"][0]["reason"] == "MISSING"
    (failure,) = client.describe_tasks(cluster=cluster, tasks=["0" * 32])["failures"]
    assert failure["arn"].endswith(f"task/{cluster}/{'0' * 32}")


def test_a_target_outside_the_lab_is_not_registered(ecs: EcsLab) -> None:
    group = ecs.lab.stack["regions"][US]["target_group"]
    with pytest.raises(ClientError, match=r"no instance and no task 127\.0\.0\.1"):
        ecs.lab.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1"}])


def test_a_lab_without_tasks_has_no_cluster() -> None:
    with control_lab(regions=[EU], instances_per_region=1) as lab:
        assert lab.client("ecs", EU).list_clusters()["clusterArns"] == []
        assert "ecs_cluster" not in lab.stack["regions"][EU]
