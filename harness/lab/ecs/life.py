"""The life of a task: its process, its place in the target group, and what is said of both."""

import asyncio
import contextlib

from harness.lab.control.lab import Lab, now
from harness.lab.control.targets import Targets
from harness.lab.ecs.cluster import Cluster
from harness.lab.ecs.task import (
    ACTIVATING,
    DEACTIVATING,
    DEPROVISIONING,
    PENDING,
    RUNNING,
    STOPPED,
    STOPPING,
    Stop,
    Task,
)
from harness.lab.plane import DataPlaneError

_KILLED = 137


class Lives:
    """Starts and ends the tasks of a lab."""

    def __init__(self, lab: Lab, targets: Targets) -> None:
        self.lab, self.targets = lab, targets
        self.boot_time = 0.0  # model seconds before a process is started

    async def start(self, task: Task) -> None:
        """From PROVISIONING to RUNNING, unless it is stopped meanwhile. One that cannot start has no address."""
        self._go(task, PENDING)
        if await self._ends_while_it_boots(task):
            return None
        try:
            task.address = await self.lab.plane.start_instance(task.id, task.region, task.zone, restarts=False)
        except DataPlaneError as error:
            task.stop = task.stop or Stop(code="TaskFailedToStart", reason=str(error))
            return task.ending.set()
        if task.stop is None:
            self._go(task, ACTIVATING)
            self.targets.register(task.region, task.address)
            await self.targets.apply(task.region)
        if task.stop is None:
            task.started, task.running_since = now(), self.lab.loop.time()
            self._go(task, RUNNING)

    async def _ends_while_it_boots(self, task: Task) -> bool:
        if self.boot_time:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.lab.real(self.boot_time)):
                    await task.ending.wait()
        return task.ending.is_set()

    async def end(self, cluster: Cluster, task: Task) -> None:
        """To STOPPED; one that still runs drains first."""
        task.stopping = now()
        if task.address is not None:
            await self._deregister(cluster, task)
        self._go(task, STOPPING)
        await self.lab.plane.stop_instance(task.id)
        if task.address is not None and task.exit_code is None:
            task.exit_code = _KILLED
        self._go(task, DEPROVISIONING)
        task.stopped = now()
        cluster.stopped.appendleft(cluster.tasks.pop(task.id))
        self._go(task, STOPPED)

    async def _deregister(self, cluster: Cluster, task: Task) -> None:
        planned = not task.exited.is_set()
        if planned:
            self._go(task, DEACTIVATING)
        self.targets.deregister(task.region, str(task.address))
        await self.targets.apply(task.region)
        if planned:
            cluster.service.say(f"(task {task.id}) has begun draining connections.")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.lab.real(self.lab.recipe.deregistration_delay)):
                    await task.exited.wait()

    def _go(self, task: Task, status: str) -> None:
        task.status = status
        reason = task.stop.reason if task.stop else ""
        self.lab.truth.write("task", task=task.id, region=task.region, zone=task.zone, status=status, reason=reason)
