"""What FIS does to the tasks and the container instances of ECS."""

import asyncio
import math
import random
from collections.abc import Awaitable, Sequence

from harness.lab.ecs.cluster import ACTIVE, DRAINING, Cluster, Host
from harness.lab.ecs.scheduler import Scheduler
from harness.lab.ecs.task import Stop, Task
from harness.lab.fis.action import ActionFailed
from harness.lab.states import DataPlaneError, Stress


class TaskEffects:
    """The part of FIS's effects that is about ECS."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._drained: dict[str, list[tuple[Cluster, list[Host]]]] = {}

    def stop(self, region: str, ids: Sequence[str], reason: str) -> None:
        """Stop tasks as StopTask does. Raises ActionFailed when one has stopped already."""
        for task in [self._task(region, id) for id in ids]:
            self.scheduler.stop(task, Stop(code="UserInitiated", reason=reason))

    def addresses(self, region: str, ids: Sequence[str]) -> tuple[str, ...]:
        """The addresses of tasks. Raises ActionFailed when one does not run."""
        return tuple(str(self._task(region, id).address) for id in ids)

    async def signal(self, region: str, ids: Sequence[str], signal_name: str) -> None:
        """Send SIGTERM or SIGKILL to the processes of tasks. Raises ActionFailed when one has ended already."""
        tasks, plane = [self._task(region, id) for id in ids], self.scheduler.lab.plane
        await asyncio.gather(*(_asked(plane.signal(task.id, signal_name)) for task in tasks))

    async def stress(self, name: str, region: str, ids: Sequence[str], stress: Stress) -> None:
        """Press on tasks until `relieve(name)`. Raises ActionFailed when one does not run."""
        tasks = [self._task(region, id).id for id in ids]
        await _asked(self.scheduler.lab.plane.stress(name, tasks, stress))

    async def relieve(self, name: str) -> None:
        """Take a stress away."""
        await self.scheduler.lab.plane.relieve(name)

    def drain(self, name: str, region: str, cluster: str, percentage: float) -> None:
        """Drain a share, rounded up, of a cluster's container instances; raises ActionFailed when none is active."""
        found = self.scheduler.clusters.get(region)
        if found is None or found.name != cluster:
            raise ActionFailed(f"there is no cluster {cluster} in {region}")
        active = [host for host in found.hosts if host.status == ACTIVE]
        if not active:
            raise ActionFailed(f"no container instance of {cluster} is active")
        count = math.ceil(len(found.hosts) * percentage / 100)
        chosen = random.sample(active, min(count, len(active)))
        self._drained.setdefault(name, []).append((found, chosen))
        self.scheduler.mark(found, chosen, DRAINING)

    def activate(self, name: str) -> None:
        """Make what was drained under a name active again, unless somebody else did."""
        for cluster, hosts in self._drained.pop(name, []):
            self.scheduler.mark(cluster, [host for host in hosts if host.status == DRAINING], ACTIVE)

    def _task(self, region: str, id: str) -> Task:
        cluster = self.scheduler.clusters.get(region)
        task = cluster.find(id) if cluster else None
        if task is None or task.stop is not None or task.address is None:
            raise ActionFailed(f"the task {id} does not run any more")
        return task


async def _asked(work: Awaitable[None]) -> None:
    """What the data plane was asked for. Raises ActionFailed when it cannot."""
    try:
        await work
    except DataPlaneError as error:
        raise ActionFailed(str(error)) from error
