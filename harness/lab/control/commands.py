"""Systems Manager commands: a document that runs on each of some instances, until it ends or is cancelled."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.instances import Instances
from harness.lab.control.lab import Lab, now
from harness.lab.fis.action import ActionFailed
from harness.lab.fis.effects import Network
from harness.lab.fis.sources import others
from harness.lab.plane import DataPlaneError
from harness.lab.ssm.document import CommandFailed, Document, Run

log = logging.getLogger("lab.commands")

PENDING, IN_PROGRESS, CANCELLING = "Pending", "InProgress", "Cancelling"
SUCCESS, FAILED, CANCELLED = "Success", "Failed", "Cancelled"


@dataclass(slots=True, kw_only=True)
class Invocation:
    """A command on one instance."""

    instance: str
    status: str = PENDING
    error: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    task: "asyncio.Task[None] | None" = None


@dataclass(slots=True, kw_only=True)
class Command:
    """A document with parameters that was sent to instances."""

    region: str
    document: Document
    parameters: dict[str, list[str]]
    invocations: dict[str, Invocation]
    comment: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    requested: datetime = field(default_factory=now)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def status(self) -> str:
        """The status of the whole: what is under way, or else the worst end."""
        statuses = {invocation.status for invocation in self.invocations.values()}
        worst_first = (CANCELLING, IN_PROGRESS, PENDING, FAILED, CANCELLED, SUCCESS)
        return next(status for status in worst_first if status in statuses)


class Commands:
    """The commands of every region. `send` and `cancel` may be called from any thread."""

    def __init__(self, lab: Lab, instances: Instances, network: Network) -> None:
        self.lab, self.instances, self.network = lab, instances, network
        self.commands: dict[str, Command] = {}
        self._impaired: dict[str, str] = {}  # instance -> the network command that runs on it

    def managed(self, region: str, id: str) -> bool:
        """Whether commands reach an instance."""
        instance = self.instances.known.get(id)
        return instance is not None and instance.region == region and instance.state == "running"

    def send(
        self, region: str, document: Document, parameters: dict[str, list[str]], ids: Sequence[str], comment: str = ""
    ) -> Command:
        """Run a document on managed instances; the parameters have been checked."""
        invocations = {id: Invocation(instance=id) for id in ids}
        command = Command(
            region=region, document=document, parameters=parameters, invocations=invocations, comment=comment
        )
        self.commands[command.id] = command
        self.lab.spawn(self._begin(command))
        return command

    def cancel(self, command: Command, ids: Sequence[str] = ()) -> None:
        """Have a command end and give back what it took, on some instances or all."""
        for invocation in command.invocations.values():
            if invocation.status in (PENDING, IN_PROGRESS) and (not ids or invocation.instance in ids):
                invocation.status = CANCELLING
                self.lab.soon(self._cancel_task, invocation)

    def _cancel_task(self, invocation: Invocation) -> None:
        if invocation.task is not None:
            invocation.task.cancel()

    async def _begin(self, command: Command) -> None:
        for invocation in command.invocations.values():
            invocation.task = asyncio.create_task(self._invoke(command, invocation))
        tasks = [invocation.task for invocation in command.invocations.values() if invocation.task is not None]
        try:
            await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            for invocation in command.invocations.values():
                if invocation.ended is None:  # it was cancelled before it ran
                    invocation.status, invocation.ended = CANCELLED, now()
            command.over.set()

    async def _invoke(self, command: Command, invocation: Invocation) -> None:
        invocation.started = now()
        self._tell(command, invocation, "command_began")
        try:
            if invocation.status == CANCELLING:
                raise asyncio.CancelledError
            invocation.status = IN_PROGRESS
            await self._run(command, invocation.instance)
            invocation.status = SUCCESS
        except asyncio.CancelledError:
            invocation.status = CANCELLED
        except (CommandFailed, DataPlaneError) as error:
            invocation.status, invocation.error = FAILED, str(error)
        except Exception as error:
            log.exception("command %s failed on %s", command.id, invocation.instance)
            invocation.status, invocation.error = FAILED, repr(error)
        invocation.ended = now()
        self._tell(command, invocation, "command_ended")

    def _tell(self, command: Command, invocation: Invocation, kind: str) -> None:
        told = {"id": command.id, "document": command.document.name, "instance": invocation.instance}
        self.lab.truth.write(kind, **told, status=invocation.status, error=invocation.error)

    async def _run(self, command: Command, id: str) -> None:
        address = self.lab.plane.address_of(id)
        if address is None:
            raise CommandFailed(f"{id} does not run")
        run = Run(
            name=f"command/{command.id}/{id}",
            instance=id,
            address=address,
            parameters=command.document.complete(command.parameters),
            machine=self.lab.plane,
            wait=self._wait,
            places=lambda sources: self._places(command.region, sources),
        )
        with self._alone(command, id) if command.document.network else contextlib.nullcontext():
            await command.document.run(run)
        if self.lab.plane.address_of(id) != address:
            raise CommandFailed(f"{id} was stopped while the command ran")

    @contextlib.contextmanager
    def _alone(self, command: Command, id: str) -> Iterator[None]:
        if (other := self._impaired.get(id)) is not None:
            raise CommandFailed(f"a network fault already runs on {id}: command {other}")
        self._impaired[id] = command.id
        try:
            yield
        finally:
            del self._impaired[id]

    async def _wait(self, model_seconds: float) -> None:
        await asyncio.sleep(self.lab.real(model_seconds))

    def _places(self, region: str, sources: str) -> tuple[str, ...]:
        try:
            return others(sources, region, self.network)
        except ActionFailed as error:
            raise CommandFailed(str(error)) from error
