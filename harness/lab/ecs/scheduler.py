"""The service scheduler: keeps each service at its desired count, and carries each task from its start to its end."""

from collections.abc import Iterator, Sequence

from harness.lab.control.lab import Lab
from harness.lab.control.tagging import Resource
from harness.lab.control.targets import Targets
from harness.lab.ecs.cluster import DRAINING, Cluster, Host
from harness.lab.ecs.life import Lives
from harness.lab.ecs.schedule import View, launches, place, stops
from harness.lab.ecs.task import EXITED, RUNNING, Stop, Task

# Model seconds. A service whose tasks never become healthy launches ever more seldom, but not as seldom as ECS's.
GRACE = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 60.0
_BEAT = 1.0


class Scheduler:
    """The clusters of a lab by region, and what keeps them as they should be. Everything runs in the lab's loop."""

    def __init__(self, lab: Lab, targets: Targets) -> None:
        self.lab, self.lives = lab, Lives(lab, targets)
        self.clusters: dict[str, Cluster] = {}

    async def run(self) -> None:
        """Look at every service for ever: grace periods end and pauses too, without any event."""
        await self.lab.every(_BEAT, self._beat)

    async def _beat(self) -> None:
        for region in self.clusters:
            self.reconcile(region)

    def reconcile(self, region: str) -> None:
        """Launch what a service lacks and stop what it has too much of, what fails and what has to move."""
        cluster = self.clusters.get(region)
        if cluster is None:
            return
        view = self._view(cluster)
        wanted, leaving = launches(view), stops(view)
        self._launch(cluster, wanted)
        self._stop(cluster, view, leaving)
        self._tell(cluster, view, quiet=not wanted and not leaving)

    def stop(self, task: Task, stop: Stop) -> None:
        """Stop a task, from any thread; one that stops already keeps its reason."""
        if task.stop is None:
            task.stop = stop
            self.lab.soon(task.ending.set)
            self.lab.soon(self.reconcile, task.region)

    def mark(self, cluster: Cluster, hosts: Sequence[Host], status: str) -> None:
        """Put container instances in a status, ACTIVE or DRAINING, from any thread."""
        for host in hosts:
            host.status = status
            self.lab.truth.write("container_instance", region=cluster.region, zone=host.zone, status=status)
        self.lab.soon(self.reconcile, cluster.region)

    def exited(self, id: str, status: int) -> None:
        """The process of a task ended, and not by us. `status` is negative for a signal."""
        for cluster in self.clusters.values():
            if (task := cluster.tasks.get(id)) is not None:
                task.exit_code = 128 - status if status < 0 else status
                task.exited.set()
                self.stop(task, EXITED)
                task.ending.set()

    def addresses(self, region: str) -> frozenset[str]:
        """The addresses of a region's tasks."""
        cluster = self.clusters.get(region)
        return frozenset(t.address for t in list(cluster.tasks.values()) if t.address) if cluster else frozenset()

    def missing(self, region: str) -> str:
        """What keeps a service from its desired count of healthy tasks; empty when nothing does."""
        cluster = self.clusters.get(region)
        if cluster is None or sum(map(self.healthy, cluster.staying())) >= cluster.service.desired:
            return ""
        return f"the tasks in {region} are {', '.join(t.status for t in cluster.staying()) or 'missing'}"

    def tagged(self, region: str) -> Iterator[Resource]:
        """The clusters, services and tasks of a region."""
        cluster = self.clusters.get(region)
        if cluster is not None:
            yield Resource(arn=cluster.arn, type="ecs:cluster", tags=cluster.tags)
            yield Resource(arn=cluster.service.arn, type="ecs:service", tags=cluster.service.tags)
            for task in list(cluster.tasks.values()):
                yield Resource(arn=task.arn, type="ecs:task", tags=task.tags)

    def healthy(self, task: Task) -> bool:
        """Whether the target of a task is healthy."""
        return self._target(task) == "healthy"

    def _target(self, task: Task) -> str:
        health = self.lab.plane.target_health(task.region).get(task.address or "")
        return health.state if health else ""

    def _view(self, cluster: Cluster) -> View:
        tasks = cluster.staying()
        healthy = {t.id for t in tasks if t.status == RUNNING and self.healthy(t)}
        self._remember(cluster, [t for t in tasks if t.id in healthy and not t.was_healthy])
        return View(
            desired=cluster.service.desired,
            tasks=tasks,
            healthy=healthy,
            failing={t.id: self._complaint(cluster) for t in tasks if self._fails(t)},
            draining={host.arn for host in cluster.hosts if host.status == DRAINING},
        )

    @staticmethod
    def _remember(cluster: Cluster, newly_healthy: Sequence[Task]) -> None:
        for task in newly_healthy:
            task.was_healthy, cluster.service.failures = True, 0

    def _fails(self, task: Task) -> bool:
        served_for = self.lab.loop.time() - task.running_since
        return served_for >= self.lab.real(GRACE) and self._target(task) == "unhealthy"

    @staticmethod
    def _complaint(cluster: Cluster) -> str:
        return f"Task failed ELB health checks in (target-group {cluster.service.target_group})"

    def _launch(self, cluster: Cluster, count: int) -> None:
        service, loop = cluster.service, self.lab.loop
        if count and loop.time() < service.not_before:
            return
        launched = []
        for _ in range(count):
            host = place(cluster.hosts, cluster.staying())
            if host is None:
                service.say("was unable to place a task because no container instance met all of its requirements.")
                service.not_before = loop.time() + self.lab.real(FIRST_PAUSE)
                break
            launched.append(self._begin(cluster, host))
        if launched:
            ids = " ".join(f"(task {task.id})" for task in launched)
            service.say(f"has started {len(launched)} tasks: {ids}.")

    def _begin(self, cluster: Cluster, host: Host) -> Task:
        task = cluster.new_task(host)
        self.lab.truth.write("task_launched", task=task.id, region=task.region, zone=task.zone)
        self.lab.spawn(self._live(cluster, task))
        return task

    def _stop(self, cluster: Cluster, view: View, leaving: list[tuple[Task, Stop]]) -> None:
        for task, stop in leaving:
            cluster.service.say(f"has begun to stop (task {task.id}): {stop.reason}.")
            self.stop(task, stop)
        if any(task.id in view.failing and not task.was_healthy for task, _ in leaving):
            self._pause(cluster)

    def _pause(self, cluster: Cluster) -> None:
        service = cluster.service
        pause = min(FIRST_PAUSE * 2**service.failures, LONGEST_PAUSE)
        service.failures += 1
        service.not_before = self.lab.loop.time() + self.lab.real(pause)
        service.say("is unable to consistently start tasks successfully.")

    @staticmethod
    def _tell(cluster: Cluster, view: View, *, quiet: bool) -> None:
        steady = quiet and len(view.healthy) == len(view.tasks) == view.desired
        if steady and not cluster.service.steady:
            cluster.service.say("has reached a steady state.")
        cluster.service.steady = steady

    async def _live(self, cluster: Cluster, task: Task) -> None:
        """One task, from its start to its end."""
        await self.lives.start(task)
        if task.stop is not None and task.stop.code == "TaskFailedToStart":
            self._pause(cluster)
        await task.ending.wait()
        await self.lives.end(cluster, task)
        self.reconcile(task.region)
