"""An instance of a group and where it is in its life."""

import asyncio
import math
from dataclasses import dataclass, field

from harness.lab.control.instances import Instance
from harness.lab.scaling.lifecycle import IN_SERVICE, LEAVING, PENDING


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """A member of a group or of its warm pool. `leaving` is set when somebody takes it out, `returns`: to the pool."""

    instance: Instance
    lifecycle: str = PENDING
    since: float = math.inf  # monotonic seconds, when it was put in service
    healthy: bool = True
    returns: bool = False
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stays(self) -> bool:
        """Whether it is not being terminated."""
        return self.lifecycle not in LEAVING

    @property
    def in_service(self) -> bool:
        """Whether it is in service."""
        return self.lifecycle == IN_SERVICE

    @property
    def health(self) -> str:
        """Healthy or Unhealthy, as groups say it."""
        fine = self.instance.state in ("pending", "running") or self.lifecycle.startswith("Warmed")
        return "Healthy" if fine and self.healthy else "Unhealthy"
