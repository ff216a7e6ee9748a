"""Clusters, services, tasks and container instances in the words of ECS."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.lab.addresses import INSTANCE_PORT
from harness.lab.control.records import ACCOUNT
from harness.lab.ecs.cluster import SERVICE, Cluster, Host
from harness.lab.ecs.schedule import MAXIMUM_PERCENT, MINIMUM_HEALTHY_PERCENT
from harness.lab.ecs.scheduler import GRACE
from harness.lab.ecs.task import ACTIVATING, PENDING, PROVISIONING, RUNNING, Task

_STARTING = (PROVISIONING, PENDING, ACTIVATING)
_ZONE = "ecs.availability-zone"


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as ECS writes them."""
    return [{"key": name, "value": value} for name, value in tags.items()]


def running(tasks: Iterable[Task]) -> int:
    """How many tasks run."""
    return sum(task.status == RUNNING for task in tasks)


def pending(tasks: Iterable[Task]) -> int:
    """How many tasks do not run yet."""
    return sum(task.status in _STARTING for task in tasks)


def describe_cluster(cluster: Cluster) -> dict[str, Any]:
    """A cluster in the words of DescribeClusters."""
    tasks = list(cluster.tasks.values())
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": len(cluster.hosts),
        "runningTasksCount": running(tasks),
        "pendingTasksCount": pending(tasks),
        "activeServicesCount": 1,
    }


def describe_service(cluster: Cluster) -> dict[str, Any]:
    """The service of a cluster in the words of DescribeServices."""
    service, tasks = cluster.service, list(cluster.tasks.values())
    counts = {"desiredCount": service.desired, "runningCount": running(tasks), "pendingCount": pending(tasks)}
    balancer = {
        "targetGroupArn": service.target_group,
        "containerName": SERVICE,
        "containerPort": INSTANCE_PORT,
    }
    return {
        "serviceArn": service.arn,
        "serviceName": SERVICE,
        "clusterArn": cluster.arn,
        "status": "ACTIVE",
        **counts,
        "launchType": "EC2",
        "schedulingStrategy": "REPLICA",
        "taskDefinition": _definition(cluster),
        "loadBalancers": [balancer],
        "deploymentConfiguration": {
            "maximumPercent": MAXIMUM_PERCENT,
            "minimumHealthyPercent": MINIMUM_HEALTHY_PERCENT,
        },
        "placementStrategy": [{"type": "spread", "field": "attribute:" + _ZONE}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": list(service.subnets.values())}},
        "healthCheckGracePeriodSeconds": int(GRACE),
        "createdAt": service.created,
        "deployments": [
            {
                "id": "ecs-svc/1",
                "status": "PRIMARY",
                "taskDefinition": _definition(cluster),
                **counts,
                "createdAt": service.created,
                "updatedAt": service.created,
                "launchType": "EC2",
            }
        ],
        "events": [{"id": e.id, "createdAt": e.at, "message": e.message} for e in list(service.events)],
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
    }


def describe_task(cluster: Cluster, task: Task) -> dict[str, Any]:
    """A task in the words of DescribeTasks."""
    attachment = {"attachmentId": task.id, "privateIpv4Address": task.address}
    container = {
        "taskArn": task.arn,
        "name": SERVICE,
        "lastStatus": "STOPPED" if task.stopped else "RUNNING" if task.status == RUNNING else "PENDING",
        "exitCode": task.exit_code,
        "healthStatus": "UNKNOWN",
        "networkInterfaces": [attachment] if task.address else [],
    }
    return {
        "taskArn": task.arn,
        "clusterArn": cluster.arn,
        "taskDefinitionArn": _definition(cluster),
        "containerInstanceArn": task.host,
        "availabilityZone": task.zone,
        "attachments": [_interface(cluster, task)],
        "containers": [container],
        "group": f"service:{SERVICE}",
        "launchType": "EC2",
        "startedBy": "ecs-svc/1",
        "healthStatus": "UNKNOWN",
        "lastStatus": task.status,
        "desiredStatus": task.desired,
        "stopCode": task.stop.code if task.stop else None,
        "stoppedReason": task.stop.reason if task.stop else None,
        "createdAt": task.created,
        "startedAt": task.started,
        "stoppingAt": task.stopping,
        "executionStoppedAt": task.stopped,
        "stoppedAt": task.stopped,
    }


def describe_host(cluster: Cluster, host: Host) -> dict[str, Any]:
    """A container instance in the words of DescribeContainerInstances; none of them is an EC2 instance."""
    tasks = [t for t in list(cluster.tasks.values()) if t.host == host.arn]
    return {
        "containerInstanceArn": host.arn,
        "status": host.status,
        "agentConnected": True,
        "runningTasksCount": running(tasks),
        "pendingTasksCount": pending(tasks),
        "attributes": [{"name": _ZONE, "value": host.zone}],
        "registeredAt": host.registered,
    }


def _interface(cluster: Cluster, task: Task) -> dict[str, Any]:
    details = {"subnetId": cluster.service.subnets[task.zone], "privateIPv4Address": task.address}
    return {
        "id": task.id,
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED" if task.address and not task.stopped else "DETACHED" if task.stopped else "ATTACHING",
        "details": [{"name": name, "value": value} for name, value in details.items() if value],
    }


def _definition(cluster: Cluster) -> str:
    return f"arn:aws:ecs:{cluster.region}:{ACCOUNT}:task-definition/{SERVICE}:1"
