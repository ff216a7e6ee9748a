"""A target of a balancer: what consecutive checks make of it, in the words of ALB."""

import base64
from dataclasses import dataclass, field

from harness.lab.addresses import place_of

Health = tuple[str, str, str]  # state, reason, description

REGISTERING: Health = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING: Health = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY: Health = ("healthy", "", "")
DRAINING: Health = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")


def failed() -> Health:
    """Unhealthy: the target refused or broke the connection."""
    return ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def timed_out() -> Health:
    """Unhealthy: no answer within the timeout."""
    return ("unhealthy", "Target.Timeout", "Request timed out")


def wrong_code(status: int) -> Health:
    """Unhealthy: an answer other than 200."""
    return ("unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


@dataclass(slots=True, eq=False)
class Target:
    """A registered instance. A new one needs one good check; `good` and `bad` are the thresholds after that."""

    instance_id: str
    address: str
    good: int
    bad: int
    health: Health = REGISTERING
    _row: list[bool] = field(default_factory=list)
    place: str | None = field(init=False)
    token: str = field(init=False)  # what the sticky cookie says of it

    def __post_init__(self) -> None:
        self.place = place_of(self.address)
        self.token = base64.urlsafe_b64encode(self.instance_id.encode()).decode().rstrip("=")

    @property
    def state(self) -> str:
        """initial, healthy, unhealthy or draining."""
        return self.health[0]

    def drain(self) -> None:
        """Take no new requests."""
        self.health = DRAINING

    def check(self, found: Health) -> bool:
        """Take the finding of one check: HEALTHY or an unhealthy one; returns whether the health changed."""
        before, succeeded = self.health, found == HEALTHY
        self._row = [*self._row, succeeded] if not self._row or self._row[-1] == succeeded else [succeeded]
        if self.state == "draining":
            return False
        if succeeded and (self.state == "initial" or len(self._row) >= self.good):
            self.health = HEALTHY
        elif not succeeded and (self.state == "unhealthy" or len(self._row) >= self.bad):
            self.health = found
        elif self.state == "initial":
            self.health = CHECKING
        del self._row[: -max(self.good, self.bad)]
        return self.health != before
