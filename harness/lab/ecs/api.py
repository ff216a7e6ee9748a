"""The ECS API. A region has one cluster with one service; what changes more than a count is refused."""

from collections.abc import Mapping
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.records import ACCOUNT
from harness.lab.ecs.cluster import ACTIVE, DRAINING, SERVICE, Cluster, Host
from harness.lab.ecs.describe import describe_cluster, describe_host, describe_service, describe_task, listed
from harness.lab.ecs.scheduler import Scheduler
from harness.lab.ecs.task import RUNNING, Stop, Task

_BY_USER = "Task stopped by user"


class EcsApi(Response):
    """Reads the clusters of the lab, sizes services, stops tasks and drains container instances."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__("ecs")
        self.scheduler = scheduler

    # Clusters

    def list_clusters(self) -> ActionResult:
        return self._listed("clusterArns", [cluster.arn for cluster in self._clusters()])

    def describe_clusters(self) -> ActionResult:
        asked = self.ask("clusters") or ["default"]
        found = {id: cluster for id in asked for cluster in self._clusters() if id in (cluster.name, cluster.arn)}
        described = [{**describe_cluster(c), **self._tags_of(c.tags)} for c in found.values()]
        prefix = f"arn:aws:ecs:{self.region}:{ACCOUNT}:cluster/"
        return ActionResult({"clusters": described, "failures": _missing(prefix, asked, found)})

    def _clusters(self) -> list[Cluster]:
        cluster = self.scheduler.clusters.get(self.region)
        return [cluster] if cluster else []

    def _cluster(self) -> Cluster:
        asked = self.ask("cluster") or "default"
        for cluster in self._clusters():
            if asked in (cluster.name, cluster.arn):
                return cluster
        raise AwsError("ClusterNotFoundException", f"Cluster not found: {asked}")

    # Services

    def list_services(self) -> ActionResult:
        return self._listed("serviceArns", [self._cluster().service.arn])

    def describe_services(self) -> ActionResult:
        cluster, asked = self._cluster(), self.ask("services") or []
        found = {id: cluster for id in asked if id in (SERVICE, cluster.service.arn)}
        described = [{**describe_service(c), **self._tags_of(c.service.tags)} for c in found.values()]
        prefix = f"{cluster.arn.replace(':cluster/', ':service/')}/"
        return ActionResult({"services": described, "failures": _missing(prefix, asked, found)})

    def update_service(self) -> ActionResult:
        cluster = self._cluster()
        if self.ask("service") not in (SERVICE, cluster.service.arn):
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if extra := sorted(set(self.params) - {"cluster", "service", "desiredCount"}):
            raise NotInTheLab("ecs", f"UpdateService with {', '.join(extra)}")
        desired = self.ask("desiredCount", cluster.service.desired)
        if desired < 0:
            raise AwsError("InvalidParameterException", f"desiredCount must not be negative: {desired}")
        cluster.service.desired = desired
        self.scheduler.lab.truth.write("desired_count", region=cluster.region, desired=desired)
        self.scheduler.lab.soon(self.scheduler.reconcile, cluster.region)
        return ActionResult({"service": describe_service(cluster)})

    # Tasks

    def list_tasks(self) -> ActionResult:
        cluster = self._cluster()
        if unknown := [name for name in ("family", "startedBy", "daemonName", "launchType") if self.ask(name)]:
            raise NotInTheLab("ecs", f"ListTasks by {', '.join(unknown)}")
        return self._listed("taskArns", [task.arn for task in self._tasks(cluster)])

    def _tasks(self, cluster: Cluster) -> list[Task]:
        desired, service = self.ask("desiredStatus", RUNNING), self.ask("serviceName")
        if service not in (None, SERVICE, cluster.service.arn):
            raise AwsError("ServiceNotFoundException", "Service not found.")
        host = self._host(cluster, self.ask("containerInstance")) if self.ask("containerInstance") else None
        every = [*list(cluster.tasks.values()), *list(cluster.stopped)]
        return [t for t in every if t.desired == desired and (host is None or t.host == host.arn)]

    def describe_tasks(self) -> ActionResult:
        cluster, asked = self._cluster(), self.ask("tasks") or []
        found = {id: task for id in asked if (task := cluster.find(id)) is not None}
        described = [{**describe_task(cluster, t), **self._tags_of(t.tags)} for t in found.values()]
        prefix = f"{cluster.arn.replace(':cluster/', ':task/')}/"
        return ActionResult({"tasks": described, "failures": _missing(prefix, asked, found)})

    def stop_task(self) -> ActionResult:
        cluster = self._cluster()
        task = cluster.find(self.ask("task"))
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        self.scheduler.stop(task, Stop(code="UserInitiated", reason=self.ask("reason") or _BY_USER))
        return ActionResult({"task": describe_task(cluster, task)})

    # Container instances

    def list_container_instances(self) -> ActionResult:
        if self.ask("filter"):
            raise NotInTheLab("ecs", "ListContainerInstances with filter")
        status, hosts = self.ask("status"), self._cluster().hosts
        return self._listed("containerInstanceArns", [h.arn for h in hosts if status in (None, h.status)])

    def describe_container_instances(self) -> ActionResult:
        cluster, asked = self._cluster(), self.ask("containerInstances") or []
        found = self._hosts(cluster, asked)
        return self._described_hosts(cluster, asked, found)

    def update_container_instances_state(self) -> ActionResult:
        cluster, asked, status = self._cluster(), self.ask("containerInstances") or [], self.ask("status")
        if status not in (ACTIVE, DRAINING):
            raise AwsError(
                "InvalidParameterException", f"Container instance status should be one of {ACTIVE},{DRAINING}"
            )
        found = self._hosts(cluster, asked)
        self.scheduler.mark(cluster, list(found.values()), status)
        return self._described_hosts(cluster, asked, found)

    def _described_hosts(self, cluster: Cluster, asked: list[str], found: Mapping[str, Host]) -> ActionResult:
        described = [{**describe_host(cluster, h), **self._tags_of(h.tags)} for h in found.values()]
        prefix = f"{cluster.arn.replace(':cluster/', ':container-instance/')}/"
        return ActionResult({"containerInstances": described, "failures": _missing(prefix, asked, found)})

    @staticmethod
    def _hosts(cluster: Cluster, asked: list[str]) -> dict[str, Host]:
        known = {host.arn.rpartition("/")[2]: host for host in cluster.hosts}
        return {id: known[id.rpartition("/")[2]] for id in asked if id.rpartition("/")[2] in known}

    def _host(self, cluster: Cluster, id: str) -> Host:
        if found := self._hosts(cluster, [id]):
            return found[id]
        raise AwsError("InvalidParameterException", f"The container instance {id} was not found.")

    # Tags

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"tags": listed(self._tags())})

    def tag_resource(self) -> EmptyResult:
        tags = self._tags()
        tags.update({tag["key"]: tag.get("value", "") for tag in self.ask("tags") or []})
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        tags = self._tags()
        for name in self.ask("tagKeys") or []:
            tags.pop(name, None)
        return EmptyResult()

    def _tags(self) -> dict[str, str]:
        arn = self.ask("resourceArn")
        for cluster in self._clusters():
            tagged: list[Any] = [cluster, cluster.service, *cluster.hosts, *list(cluster.tasks.values())]
            for one in tagged:
                if one.arn == arn:
                    tags: dict[str, str] = one.tags
                    return tags
        raise AwsError("InvalidParameterException", f"The specified resource {arn} was not found.")

    def _tags_of(self, tags: Mapping[str, str]) -> dict[str, Any]:
        return {"tags": listed(tags)} if "TAGS" in (self.ask("include") or []) else {}

    def _listed(self, name: str, arns: list[str]) -> ActionResult:
        some, token = page(arns, self.ask("nextToken"), self.ask("maxResults"))
        return ActionResult({name: some, "nextToken": token})


def _missing(prefix: str, asked: list[str], found: Mapping[str, Any]) -> list[dict[str, str]]:
    arns = (id if id.startswith("arn:") else prefix + id for id in asked if id not in found)
    return [{"arn": arn, "reason": "MISSING"} for arn in arns]
