"""A task of ECS: one process, from PROVISIONING to STOPPED."""

import asyncio
import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.lab import now

# In order; a task that is killed passes over DEACTIVATING.
PROVISIONING, PENDING, ACTIVATING, RUNNING = "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"
DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED = "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a task stops: a stop code of ECS, and a reason in words."""

    code: str  # UserInitiated | ServiceSchedulerInitiated | EssentialContainerExited | TaskFailedToStart
    reason: str


EXITED = Stop(code="EssentialContainerExited", reason="Essential container in task exited")


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """A task. Its life is one coroutine of the scheduler, which waits for `ending` while the task runs."""

    arn: str
    region: str
    zone: str
    host: str  # the ARN of its container instance
    tags: dict[str, str]
    id: str
    status: str = PROVISIONING
    address: str | None = None
    stop: Stop | None = None
    exit_code: int | None = None
    was_healthy: bool = False
    running_since: float = math.inf  # in the loop's time
    created: datetime = field(default_factory=now)
    started: datetime | None = None
    stopping: datetime | None = None
    stopped: datetime | None = None
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    exited: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def desired(self) -> str:
        """RUNNING until somebody or something stops it."""
        return RUNNING if self.stop is None else STOPPED


def new_id() -> str:
    """An id like those of tasks and container instances: 32 hexadecimal digits."""
    return secrets.token_hex(16)
