"""What FIS finds of ECS: clusters, and the tasks that nobody stops."""

from collections.abc import Iterator

from harness.lab.control.inventory import Finder
from harness.lab.ecs.cluster import SERVICE
from harness.lab.ecs.describe import describe_cluster, describe_task
from harness.lab.ecs.scheduler import Scheduler
from harness.lab.ecs.task import RUNNING
from harness.lab.fis.targets import Candidate


def clusters(scheduler: Scheduler) -> Finder:
    """Finds clusters."""

    def found(region: str) -> Iterator[Candidate]:
        if (cluster := scheduler.clusters.get(region)) is not None:
            yield Candidate(arn=cluster.arn, tags=cluster.tags, attributes=describe_cluster(cluster))

    return found


def tasks(scheduler: Scheduler) -> Finder:
    """Finds tasks that run; `cluster` is known by name and ARN, `service` too."""

    def found(region: str) -> Iterator[Candidate]:
        cluster = scheduler.clusters.get(region)
        for task in cluster.staying() if cluster else []:
            if task.status == RUNNING and cluster is not None:
                yield Candidate(
                    arn=task.arn,
                    tags=task.tags,
                    zone=task.zone,
                    attributes=describe_task(cluster, task),
                    parameters={"cluster": (cluster.name, cluster.arn), "service": (SERVICE, cluster.service.arn)},
                )

    return found
