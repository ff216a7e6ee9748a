"""What CloudWatch has of the instances and tasks: the use of their CPUs, and what they sold."""

import http.client
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from control_lab import PATIENT, US, ControlLab, control_lab, until

pytestmark = pytest.mark.lab
CAPACITY = {"cpu_ms": 50, "workers": 8, "queue": 100}


@pytest.fixture(scope="module")
def on_instances() -> Iterator[ControlLab]:
    with control_lab(regions=[US], instances_per_region=2, instance=CAPACITY, target_health=PATIENT) as lab:
        yield lab


@pytest.fixture(scope="module")
def on_tasks() -> Iterator[ControlLab]:
    with control_lab(regions=[US], instances_per_region=0, tasks_per_region=1, instance=CAPACITY) as lab:
        yield lab


def points(lab: ControlLab, namespace: str, name: str, since: float = 0, **dimensions: str) -> list[dict[str, Any]]:
    """The datapoints of a metric by time, each of an alarm's period."""
    found: list[dict[str, Any]] = lab.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.fromtimestamp(since or time.time() - 300, UTC),
        EndTime=datetime.fromtimestamp(time.time() + 5, UTC),
        Period=10,
        Statistics=["Maximum", "Minimum", "Sum", "SampleCount"],
    )["Datapoints"]
    return sorted(found, key=lambda point: str(point["Timestamp"]))


def cpu(lab: ControlLab, since: float = 0, **dimensions: str) -> list[dict[str, Any]]:
    return points(lab, "AWS/EC2", "CPUUtilization", since, **dimensions)


def rests(lab: ControlLab, instance: str) -> bool:
    """Whether an instance had nothing to do lately."""
    found = cpu(lab, InstanceId=instance)
    return bool(found) and found[-1]["Maximum"] < 1


def total(lab: ControlLab, name: str) -> float:
    return sum(point["Sum"] for point in points(lab, "CustomMetrics", name))


def post(lab: ControlLab, path: str, body: dict[str, str], cookies: dict[str, str]) -> int:
    """Post as a browser does; returns the status."""
    place = urlsplit(lab.stack["regions"][US]["url"])
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
    try:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            cookies[name] = value
        return answer.status
    finally:
        connection.close()


def test_the_cpu_of_an_instance_is_that_of_its_requests_and_of_stress(on_instances: ControlLab) -> None:
    lab = on_instances
    group = lab.group(US)
    name = group["AutoScalingGroupName"]
    pressed, calm = (member["InstanceId"] for member in group["Instances"])
    by_group = {"AutoScalingGroupName": name}
    until(lambda: rests(lab, pressed) and rests(lab, calm), "what came before is answered")
    began = time.time()
    command = lab.client("ssm").send_command(
        DocumentName="AWSFIS-Run-CPU-Stress",
        InstanceIds=[pressed],
        Parameters={"DurationSeconds": ["600"], "LoadPercent": ["80"], "CPU": ["1"]},
    )["Command"]["CommandId"]

    def busiest(**dimensions: str) -> float:
        return max((point["Maximum"] for point in cpu(lab, began, **dimensions)), default=0)

    until(lambda: busiest(InstanceId=pressed) >= 75, "the pressed instance is busy")
    assert busiest(InstanceId=pressed) <= 85
    calmest = busiest(InstanceId=pressed) / 2
    assert busiest(InstanceId=calm) < calmest

    def has_both(point: dict[str, Any]) -> bool:
        return bool(point["Maximum"] >= 75 and point["Minimum"] < calmest)

    def both_in_a_period() -> bool:
        """Whether the group has both in a period in which the pressed instance was busy all the while."""
        busy = [point["Timestamp"] for point in cpu(lab, began, InstanceId=pressed) if point["Minimum"] >= 75]
        return any(point["Timestamp"] in busy and has_both(point) for point in cpu(lab, began, **by_group))

    until(both_in_a_period, "the group has the busy one and the calm one")
    lab.client("ssm").cancel_command(CommandId=command)


def test_what_was_sold_is_counted_once_and_nothing_sold_is_zero(on_instances: ControlLab) -> None:
    lab = on_instances
    assert lab.stack["business"] == {
        "namespace": "CustomMetrics",
        "orders": "OrdersCompleted",
        "revenue": "Revenue",
        "carts": "CartsCreated",
    }
    until(lambda: points(lab, "CustomMetrics", "OrdersCompleted"), "nothing sold is a datum")
    before = {name: total(lab, name) for name in ("OrdersCompleted", "Revenue", "CartsCreated")}
    cookies: dict[str, str] = {}
    assert post(lab, "/cart", {"sku": "SKU-01"}, cookies) == 200
    assert post(lab, "/cart", {"sku": "SKU-02"}, cookies) == 200
    assert post(lab, "/checkout", {"id": "sold-1"}, cookies) == 201
    assert post(lab, "/orders", {"id": "sold-2", "sku": "SKU-03"}, {}) == 201
    until(lambda: total(lab, "OrdersCompleted") == before["OrdersCompleted"] + 2, "both orders are counted")
    assert total(lab, "Revenue") == before["Revenue"] + 7.50 + 10.00 + 12.50
    assert total(lab, "CartsCreated") == before["CartsCreated"] + 1


def test_the_cpu_of_tasks_is_that_of_their_service(on_tasks: ControlLab) -> None:
    place = on_tasks.stack["regions"][US]
    names = {"ClusterName": place["ecs_cluster"], "ServiceName": place["ecs_service"]}
    until(lambda: points(on_tasks, "AWS/ECS", "CPUUtilization", **names), "the CPU of the service is published")
    assert points(on_tasks, "AWS/EC2", "CPUUtilization") == []
