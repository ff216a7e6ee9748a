"""Systems Manager automations: the steps of a document, one after the other, on EC2 instances of a region."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.lab.control.instances import Instances
from harness.lab.control.lab import Lab, now
from harness.lab.ssm.automation import STATES, Automation, Step

IN_PROGRESS, SUCCESS, FAILED, CANCELLED = "InProgress", "Success", "Failed", "Cancelled"


@dataclass(slots=True, kw_only=True)
class StepRun:
    """A step of an execution."""

    step: Step
    status: str = "Pending"
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Execution:
    """A run of an automation."""

    region: str
    automation: Automation
    parameters: dict[str, list[str]]
    steps: list[StepRun]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = IN_PROGRESS
    error: str = ""
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    task: "asyncio.Task[None] | None" = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Automations:
    """The executions of every region. `start` and `stop` may be called from any thread."""

    def __init__(self, lab: Lab, instances: Instances) -> None:
        self.lab, self.instances = lab, instances
        self.executions: dict[str, Execution] = {}

    def start(self, region: str, automation: Automation, parameters: dict[str, list[str]]) -> Execution:
        """Execute an automation; the parameters have been checked."""
        steps = [StepRun(step=step) for step in automation.steps]
        execution = Execution(region=region, automation=automation, parameters=parameters, steps=steps)
        self.executions[execution.id] = execution
        self.lab.spawn(self._begin(execution))
        return execution

    def stop(self, execution: Execution) -> None:
        """Begin no further step; the one under way is not undone."""
        self.lab.soon(self._cancel, execution)

    def _cancel(self, execution: Execution) -> None:
        if execution.task is not None:
            execution.task.cancel()

    async def _begin(self, execution: Execution) -> None:
        execution.task = asyncio.create_task(self._execute(execution))
        try:
            await asyncio.wait([execution.task])
        finally:
            execution.task.cancel()
            execution.ended = now()
            told = {"id": execution.id, "document": execution.automation.name, "error": execution.error}
            self.lab.truth.write("automation_ended", status=execution.status, **told)
            execution.over.set()

    async def _execute(self, execution: Execution) -> None:
        try:
            for run in execution.steps:
                await self._carry_out(execution, run)
                if run.status == FAILED:
                    execution.status, execution.error = FAILED, f"Step {run.step} failed: {run.error}"
                    return
            execution.status = SUCCESS
        except asyncio.CancelledError:
            execution.status = CANCELLED

    async def _carry_out(self, execution: Execution, run: StepRun) -> None:
        ids = execution.parameters["InstanceId"]
        run.status, run.started = IN_PROGRESS, now()
        try:
            run.error = self._unknown(execution.region, ids) or await self._change(run.step, ids)
            run.status = FAILED if run.error else SUCCESS
        except asyncio.CancelledError:
            run.status = CANCELLED
            raise
        finally:
            run.ended = now()

    def _unknown(self, region: str, ids: Sequence[str]) -> str:
        known = self.instances.known
        unknown = [id for id in ids if id not in known or known[id].region != region]
        return f"there is no instance {', '.join(unknown)} in {region}" if unknown else ""

    async def _change(self, step: Step, ids: Sequence[str]) -> str:
        """Do a step; what is wrong when some are not as they should be."""
        work: Mapping[str, Callable[[Sequence[str]], Awaitable[object]]]
        work = {"stop": self.instances.stop, "start": self.instances.start, "terminate": self.instances.terminate}
        await work[step](ids)
        states = {id: self.instances.known[id].state for id in ids}
        return ", ".join(f"{id} is {state}" for id, state in states.items() if state != STATES[step])
