"""Runs experiments: one task an experiment, one task an action. Durations are model time.

Actions start when those in their `startAfter` are done. When one fails, or the experiment is stopped, those that run
are cancelled and roll back, those that wait are cancelled, and the experiment ends only after every rollback.
"""

import asyncio
import copy
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.lab.fis.action import ActionFailed, Call
from harness.lab.fis.effects import Effects
from harness.lab.fis.experiment import ActionState, Experiment, Status
from harness.lab.fis.registry import ACTIONS
from harness.lab.fis.targets import Inventory, resolve
from harness.lab.fis.template import Template

log = logging.getLogger("lab.fis")

STOPPED_BY_USER = "Experiment was stopped by the user."
HALTED = "Experiment halted by stop condition."


class CannotStart(Exception):
    """An experiment fails before any of its actions began."""


def new_id(prefix: str) -> str:
    """An id like those of FIS: EXT or EXP and 14 letters and digits."""
    return prefix + secrets.token_hex(7)


class Engine:
    """Starts, stops and follows experiments; `begin` and `stop` may be called from any thread.

    `spawn` runs a coroutine in the loop, `soon` a plain call. `tell` hears of every change of an experiment's status.
    """

    def __init__(
        self,
        *,
        effects: Effects,
        inventory: Inventory,
        time_scale: float,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        soon: Callable[..., object],
        tell: Callable[[Experiment], None] = lambda experiment: None,
    ) -> None:
        self.effects, self.inventory, self.time_scale = effects, inventory, time_scale
        self.spawn, self.soon, self.tell = spawn, soon, tell
        self.experiments: dict[str, Experiment] = {}

    def begin(self, template: Template, *, account: str, actions_mode: str, tags: dict[str, str]) -> Experiment:
        """Make an experiment of a template, pending, and set it going."""
        id, region = new_id("EXP"), template.region
        experiment = Experiment(
            id=id,
            arn=f"arn:aws:fis:{region}:{account}:experiment/{id}",
            template=copy.deepcopy(template),
            region=region,
            actions={name: ActionState(name=name, spec=copy.deepcopy(a)) for name, a in template.actions.items()},
            actions_mode=actions_mode,
            tags=tags,
        )
        self.experiments[id] = experiment
        self.spawn(self.run(experiment))
        return experiment

    def stop(self, experiment: Experiment, reason: str = STOPPED_BY_USER) -> None:
        """Stop an experiment and roll back; one that is over stays as it is."""
        if experiment.status.final or experiment.status is Status.STOPPING:
            return
        experiment.stop_reason = reason
        experiment.go(Status.STOPPING, "Experiment is stopping.")
        self.soon(experiment.stopping.set)

    def alarmed(self, arn: str) -> None:
        """Stop every experiment that has an alarm, which is now in state ALARM, as a stop condition."""
        for experiment in list(self.experiments.values()):
            if arn in experiment.alarms():
                self.stop(experiment, HALTED)

    async def run(self, experiment: Experiment) -> None:
        """Carry an experiment through to a final status."""
        self._go(experiment, Status.INITIATING, "Experiment is initiating.")
        try:
            self._prepare(experiment)
        except CannotStart as error:
            for action in experiment.actions.values():
                action.go(Status.CANCELLED, "Action was cancelled.")
            self._go(experiment, Status.FAILED, str(error))
            return
        self._go(experiment, Status.RUNNING, "Experiment is running.")
        try:
            if experiment.stop_reason is None:
                await self._act(experiment)
        except asyncio.CancelledError:
            self._go(experiment, Status.STOPPED, "The lab was stopped.")
            raise
        self._conclude(experiment)

    def _go(self, experiment: Experiment, status: Status, reason: str) -> None:
        if experiment.stop_reason is not None and not status.final:
            return
        experiment.go(status, reason)
        self.tell(experiment)

    def _prepare(self, experiment: Experiment) -> None:
        """Find what is missing, resolve the targets. Raises CannotStart."""
        for action in experiment.actions.values():
            self._check(action)
        for arn in experiment.alarms():
            state = self.effects.alarms.state(arn)
            if state is None or state == "ALARM":
                raise CannotStart(f"Experiment could not start: alarm {arn} is {state or 'not there'}.")
        template = experiment.template
        for name, target in template.targets.items():
            candidates = self.inventory.candidates(experiment.region, target["resourceType"])
            experiment.resolved[name] = resolve(target, candidates)
        empty = [name for name, arns in experiment.resolved.items() if not arns]
        if empty and template.options.get("emptyTargetResolutionMode", "fail") == "fail":
            raise CannotStart(f"Target resolution returned empty set: {', '.join(empty)}.")

    def _check(self, action: ActionState) -> None:
        id = action.spec["actionId"]
        kind = ACTIONS.get(id)
        if kind is None:
            raise CannotStart(f'the lab cannot do "{id}": it can do {", ".join(sorted(ACTIONS))}')
        if missing := kind.cannot(action.spec.get("parameters") or {}):
            raise CannotStart(f'the lab cannot do "{id}": {missing}')

    async def _act(self, experiment: Experiment) -> None:
        tasks = {asyncio.create_task(self._perform(experiment, action)) for action in experiment.actions.values()}
        stopping = asyncio.create_task(experiment.stopping.wait())
        try:
            waiting = tasks | {stopping}
            while waiting - {stopping} and not stopping.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if any(task.exception() for task in done):
                    break
        finally:
            stopping.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _conclude(self, experiment: Experiment) -> None:
        for action in experiment.actions.values():
            if not action.status.final:  # its task was cancelled before it first ran
                action.go(Status.CANCELLED, "Action was cancelled.")
        failed = [a for a in experiment.actions.values() if a.status is Status.FAILED]
        if failed:
            self._go(experiment, Status.FAILED, f"Action {failed[0].name} failed: {failed[0].reason}")
        elif experiment.stop_reason is not None:
            self._go(experiment, Status.STOPPED, experiment.stop_reason)
        else:
            self._go(experiment, Status.COMPLETED, "Experiment completed.")

    async def _perform(self, experiment: Experiment, action: ActionState) -> None:
        """One action from waiting for its turn to its end; raises to end the experiment."""
        try:
            for before in action.spec.get("startAfter") or []:
                await experiment.actions[before].done.wait()
            targets = self._targets(experiment, action)
            if experiment.actions_mode == "skip-all" or targets == []:
                action.go(Status.SKIPPED, "Action was skipped.")
                return
            action.go(Status.RUNNING, "Action is running.")
            await ACTIONS[action.spec["actionId"]].run(self._call(experiment, action, targets or []))
            action.go(Status.COMPLETED, "Action was completed.")
        except asyncio.CancelledError:
            ran = action.status is Status.RUNNING
            action.go(Status.STOPPED if ran else Status.CANCELLED, f"Action was {'stopped' if ran else 'cancelled'}.")
            raise
        except Exception as error:
            if not isinstance(error, ActionFailed):
                log.exception("action %s of %s failed", action.name, experiment.id)
            action.go(Status.FAILED, str(error) or repr(error))
            raise

    def _targets(self, experiment: Experiment, action: ActionState) -> list[str] | None:
        names = (action.spec.get("targets") or {}).values()
        return [arn for name in names for arn in experiment.resolved[name]] if names else None

    def _call(self, experiment: Experiment, action: ActionState, targets: Sequence[str]) -> Call:
        return Call(
            name=f"{experiment.id}/{action.name}",
            region=experiment.region,
            targets=targets,
            parameters=action.spec.get("parameters") or {},
            effects=self.effects,
            wait=self._wait,
        )

    async def _wait(self, model_seconds: float) -> None:
        await asyncio.sleep(model_seconds / self.time_scale)
