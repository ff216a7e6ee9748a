"""An ECS service that scales: its limits, and what Application Auto Scaling did to it."""

import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.lab import now

IN_PROGRESS, SUCCESSFUL, OVERRIDDEN = "InProgress", "Successful", "Overridden"
DIMENSION, NAMESPACE = "ecs:service:DesiredCount", "ecs"


@dataclass(slots=True, kw_only=True)
class ServiceActivity:
    """One change of a desired count."""

    count: int
    cause: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    status: str = IN_PROGRESS

    @property
    def message(self) -> str:
        """What became of it."""
        if self.status == SUCCESSFUL:
            return f"Successfully set desired count to {self.count}. Change successfully fulfilled by ecs."
        if self.status == OVERRIDDEN:
            return f"Set desired count to {self.count}, which a later change has overridden."
        return f"Successfully set desired count to {self.count}. Waiting for change to be fulfilled by ecs."

    def end(self, status: str) -> None:
        """Close it."""
        self.status, self.ended = status, now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooling:
    """A cooldown: `until` is in the loop's time, `before` the count that the change began from."""

    until: float
    before: int


@dataclass(slots=True, kw_only=True, eq=False)
class ScalableService:
    """The scalable target of a region's service."""

    id: str  # service/<cluster>/<service>
    region: str
    arn: str
    minimum: int
    maximum: int
    created: datetime = field(default_factory=now)
    suspended: dict[str, bool] = field(default_factory=dict)
    out: Cooling | None = None
    shrunk: Cooling | None = None
    activities: deque[ServiceActivity] = field(default_factory=lambda: deque(maxlen=1000))
