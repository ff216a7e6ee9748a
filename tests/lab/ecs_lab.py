"""The storefront on ECS as its tests see it: the API of ECS, and HTTP through the balancers."""

import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from control_lab import US, ControlLab, control_lab, until

SERVICE = "storefront"
TASKS = {"Tasks": {"resourceType": "aws:ecs:task", "resourceTags": {"drill": "storefront"}}}
# Target health checks that find a dead task soon, and forgive one that is slow: one that fails them twice is replaced.
LENIENT = {"interval": 10, "timeout": 9}


class EcsLab:
    """A lab whose storefront runs on ECS."""

    def __init__(self, lab: ControlLab) -> None:
        self.lab = lab

    def cluster(self, region: str = US) -> str:
        """The name of a region's cluster."""
        return str(self.lab.stack["regions"][region]["ecs_cluster"])

    def service(self, region: str = US) -> dict[str, Any]:
        """The service of a region."""
        found = self.lab.client("ecs", region).describe_services(cluster=self.cluster(region), services=[SERVICE])
        return dict(found["services"][0])

    def tasks(self, region: str = US) -> dict[str, dict[str, Any]]:
        """The tasks that should run, by id."""
        ecs = self.lab.client("ecs", region)
        arns = ecs.list_tasks(cluster=self.cluster(region))["taskArns"]
        found = ecs.describe_tasks(cluster=self.cluster(region), tasks=arns)["tasks"] if arns else []
        return {str(task["taskArn"].rpartition("/")[2]): task for task in found}

    def task(self, id: str, region: str = US) -> dict[str, Any]:
        """One task, stopped or not."""
        found = self.lab.client("ecs", region).describe_tasks(cluster=self.cluster(region), tasks=[id])
        return dict(found["tasks"][0])

    def states(self, region: str = US) -> dict[str, str]:
        """The health of the targets by address."""
        group = self.lab.stack["regions"][region]["target_group"]
        described = self.lab.client("elbv2", region).describe_target_health(TargetGroupArn=group)
        return {d["Target"]["Id"]: d["TargetHealth"]["State"] for d in described["TargetHealthDescriptions"]}

    def answer(self, region: str = US, path: str = "/catalogue") -> tuple[str, str, float]:
        """Who answered a request through the balancer (zone, task), and after how many seconds."""
        began = time.monotonic()
        with urllib.request.urlopen(self.lab.stack["regions"][region]["url"] + path, timeout=20) as reply:
            served = reply.headers["X-Served-By"]
        _, zone, task = served.split("/")
        return zone, task, time.monotonic() - began

    def serving(self, region: str = US) -> set[str]:
        """The ids of the tasks that answer a dozen requests through the balancer."""
        return {self.answer(region)[1] for _ in range(12)}

    def latencies(self, count: int = 12, region: str = US) -> dict[str, list[float]]:
        """How long each task took to answer, in seconds."""
        found: dict[str, list[float]] = {}
        for _ in range(count):
            _, task, seconds = self.answer(region)
            found.setdefault(task, []).append(seconds)
        return found

    def settle(self, count: int = 2, region: str = US) -> set[str]:
        """Wait until as many tasks run and serve, and no others; returns their ids."""

        def settled() -> set[str] | None:
            tasks = self.tasks(region)
            if len(tasks) != count or {t["lastStatus"] for t in tasks.values()} - {"RUNNING"}:
                return None
            addresses = {address_of(t) for t in tasks.values()}
            healthy = {address for address, state in self.states(region).items() if state == "healthy"}
            return set(tasks) if addresses == healthy == set(self.states(region)) else None

        return set(until(settled, f"{count} tasks serve in {region}"))


def address_of(task: dict[str, Any]) -> str:
    """The address of a task."""
    return str(task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"])


def one(task: dict[str, Any]) -> dict[str, Any]:
    """Targets of an action that are one task."""
    return {"Tasks": {"resourceType": "aws:ecs:task", "resourceArns": [task["taskArn"]]}}


@contextmanager
def ecs_lab(**recipe: Any) -> Iterator[EcsLab]:
    """A lab of one region, unless told otherwise, with two tasks and quick draining."""
    settings = {"tasks_per_region": 2, "instances_per_region": 0, "regions": [US], "deregistration_delay": 5, **recipe}
    with control_lab(**settings) as lab:
        yield EcsLab(lab)
