"""An experiment, its actions, and the states they are in."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from harness.lab.fis.failure import Failure, shortened
from harness.lab.fis.template import ALARM, Template


class Status(StrEnum):
    """The statuses of experiments and actions; only an action is `skipped`."""

    PENDING = "pending"
    INITIATING = "initiating"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self in (Status.COMPLETED, Status.STOPPED, Status.FAILED, Status.CANCELLED, Status.SKIPPED)


@dataclass(slots=True, kw_only=True)
class ActionState:
    """One action of an experiment. `done` is set when it is in a final status."""

    name: str
    spec: dict[str, Any]
    status: Status = Status.PENDING
    reason: str = "Action is pending."
    code: str = ""  # of its failure
    started: datetime | None = None
    ended: datetime | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def go(self, status: Status, reason: str) -> None:
        """Enter a status."""
        self.status, self.reason = status, shortened(reason)
        if status is Status.RUNNING:
            self.started = datetime.now(UTC)
        if status.final:
            if self.started is not None:
                self.ended = datetime.now(UTC)
            self.done.set()


@dataclass(slots=True, kw_only=True)
class Experiment:
    """A run of a template, which may change meanwhile: everything is copied."""

    id: str
    arn: str
    account: str
    template: Template
    region: str
    actions: dict[str, ActionState]
    actions_mode: str = "run-all"
    tags: dict[str, str] = field(default_factory=dict)
    status: Status = Status.PENDING
    reason: str = "Experiment is pending."
    failure: Failure | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    ended: datetime | None = None
    resolved: dict[str, list[str]] = field(default_factory=dict)  # target name -> ARNs
    stop_reason: str | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _entering: threading.Lock = field(default_factory=threading.Lock)

    def go(self, status: Status, reason: str) -> bool:
        """Enter a status, from any thread; false when it is over already, or is stopping and does not end now."""
        with self._entering:
            if self.status.final or (self.status is Status.STOPPING and not status.final):
                return False
            self.status, self.reason = status, shortened(reason)
            if status is Status.INITIATING:
                self.started = datetime.now(UTC)
            if status.final:
                self.ended = datetime.now(UTC)
            return True

    def halt(self, reason: str) -> bool:
        """Begin to stop, for a reason; false when it is stopping or over already."""
        with self._entering:
            if self.status.final or self.status is Status.STOPPING:
                return False
            self.status, self.reason, self.stop_reason = Status.STOPPING, "Experiment is stopping.", reason
            return True

    def alarms(self) -> list[str]:
        """The ARNs of the alarms that stop it."""
        return [c["value"] for c in self.template.stop_conditions if c["source"] == ALARM]
