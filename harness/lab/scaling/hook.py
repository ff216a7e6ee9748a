"""A lifecycle hook."""

from dataclasses import dataclass

LAUNCHING, ENDING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
CONTINUE, ABANDON = "CONTINUE", "ABANDON"
FARTHEST = 172_800.0  # model seconds that an instance may be kept waiting, or 100 timeouts, whichever is less


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """What keeps instances waiting at a transition, at most for `timeout` model seconds from the last heartbeat."""

    name: str
    transition: str
    timeout: float = 3600.0
    default: str = ABANDON
    metadata: str = ""

    @property
    def longest(self) -> float:
        """The most model seconds that heartbeats can win."""
        return min(FARTHEST, 100 * self.timeout)
