"""A stack that can be talked to: its descriptor, the clock, and a gateway per service and region."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol, TypeVar

from harness.aws.application_autoscaling import ApplicationAutoScaling
from harness.aws.autoscaling import AutoScaling
from harness.aws.cloudwatch import CloudWatch
from harness.aws.ec2 import Ec2
from harness.aws.ecs import Ecs
from harness.aws.elbv2 import Elbv2
from harness.aws.fis import Fis
from harness.aws.health import ask_health
from harness.aws.rds import Rds
from harness.aws.route53 import Route53
from harness.aws.session import Aws
from harness.aws.sts import clock_offset
from harness.clock import Clock
from harness.errors import StepFailed
from harness.stack.descriptor import Stack

T = TypeVar("T")
POLL_SECONDS = 0.05
LOOK_WITHIN_SECONDS = 1.0


class Tick(Protocol):
    """Called on every turn of a wait; may raise Aborted."""

    def __call__(self) -> None: ...


class Site:
    """Gateways and waiting for one stack. `tick` runs on every turn of every wait."""

    def __init__(self, stack: Stack, clock: Clock, tick: Tick = lambda: None) -> None:
        self.stack = stack
        self.clock = clock
        self.tick = tick
        self.aws = Aws(stack)
        self.route53 = Route53(self.aws)
        self._others = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    def fis(self, region: str) -> Fis:
        """FIS in a region."""
        return Fis(self.aws, region)

    def rds(self, region: str) -> Rds:
        """RDS in a region."""
        return Rds(self.aws, region)

    def autoscaling(self, region: str) -> AutoScaling:
        """Auto Scaling in a region."""
        return AutoScaling(self.aws, region)

    def application_autoscaling(self, region: str) -> ApplicationAutoScaling:
        """Application Auto Scaling in a region."""
        return ApplicationAutoScaling(self.aws, region)

    def ecs(self, region: str) -> Ecs:
        """ECS in a region."""
        return Ecs(self.aws, region)

    def ec2(self, region: str) -> Ec2:
        """EC2 in a region."""
        return Ec2(self.aws, region)

    def elbv2(self, region: str) -> Elbv2:
        """Elastic Load Balancing in a region."""
        return Elbv2(self.aws, region)

    def cloudwatch(self, region: str) -> CloudWatch:
        """CloudWatch in a region."""
        return CloudWatch(self.aws, region)

    def answer_ms(self, region: str) -> float | None:
        """How long the region's own endpoint takes to answer its health check, in real ms; None after a second."""
        health = ask_health(self.stack.regions[region].url, self.stack.entry.record, LOOK_WITHIN_SECONDS)
        return None if health.failure else health.ms

    def clock_offset(self) -> tuple[float, float] | None:
        """Between which two figures AWS's clock less ours lies, in seconds; None where AWS does not say."""
        return clock_offset(self.aws, next(iter(self.stack.regions)))

    def beside(self, call: Callable[[], T]) -> "Future[T]":
        """Make a call that may take long beside everything else, after those before it."""
        return self._others.submit(call)

    def wait(self, condition: Callable[[], T | None], within: timedelta, what: str) -> T:
        """Poll until the condition gives something true; raises StepFailed when `within` (model time) is over.

        `what` says what is waited for, such as "eu-west-1 is a primary".
        """
        deadline = self.clock.at() + self.clock.real(within)
        while True:
            self.tick()
            if result := condition():
                return result
            if self.clock.at() >= deadline:
                raise StepFailed(f"{what}: not within {within.total_seconds():g} s")
            time.sleep(POLL_SECONDS)
