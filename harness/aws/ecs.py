"""Amazon ECS: the capacity of a service, and of the cluster below it."""

from harness.aws.autoscaling import Capacity
from harness.aws.session import Aws, calling
from harness.model.fleet import Fleet


class Ecs:
    """ECS in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("ecs", region)

    def capacity(self, cluster: str, service: str) -> Capacity | None:
        """How many tasks a service should have and how many run, or None when there is none of that name."""
        with calling(f"ecs:DescribeServices in {self.region}"):
            found = self._client.describe_services(cluster=cluster, services=[service])["services"]
        active = [each for each in found if each["status"] == "ACTIVE"]
        return Capacity(desired=active[0]["desiredCount"], in_service=active[0]["runningCount"]) if active else None

    def fleet(self, cluster: str, service: str) -> Fleet | None:
        """The tasks of a service by what they do, or None when there is none of that name."""
        with calling(f"ecs:DescribeServices in {self.region}"):
            found = self._client.describe_services(cluster=cluster, services=[service])["services"]
        active = [each for each in found if each["status"] == "ACTIVE"]
        if not active:
            return None
        counts = {name: int(active[0].get(f"{name}Count", 0)) for name in ("desired", "running", "pending")}
        return Fleet(desired=counts["desired"], in_service=counts["running"], pending=counts["pending"])

    def active_instances(self, cluster: str) -> int:
        """How many container instances of a cluster take tasks."""
        with calling(f"ecs:ListContainerInstances in {self.region}"):
            pages = self._client.get_paginator("list_container_instances").paginate(cluster=cluster, status="ACTIVE")
            return sum(len(page["containerInstanceArns"]) for page in pages)

    def set_desired(self, cluster: str, service: str, tasks: int) -> None:
        """Ask for so many tasks."""
        with calling(f"ecs:UpdateService of {service} in {self.region}"):
            self._client.update_service(cluster=cluster, service=service, desiredCount=tasks)
