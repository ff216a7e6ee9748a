"""The course of one experiment: one task an action. Durations are model time.

Actions start when those in their `startAfter` are done. When one fails, or the experiment is stopped, those that run
are cancelled and roll back, those that wait are cancelled, and the experiment ends only after every rollback.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from harness.lab.fis.action import ActionFailed, Call
from harness.lab.fis.effects import Effects
from harness.lab.fis.experiment import ActionState, Experiment, Status
from harness.lab.fis.failure import INTERNAL, QUOTA_EXCEEDED, CannotStart, Failure
from harness.lab.fis.log import ExperimentLog
from harness.lab.fis.preparation import prepare
from harness.lab.fis.registry import ACTIONS
from harness.lab.fis.targets import Inventory

log = logging.getLogger("lab.fis")

MOST_PARALLEL = 10
CANCELLED_BY_LEVER = "Experiment was cancelled because the safety lever is engaged."
_CANCELLED = (Status.CANCELLED, "Action was cancelled.")
_STOPPED = (Status.STOPPED, "Action was stopped.")


class Course:
    """Carries one experiment through to a final status. `tell` hears of every change of its status."""

    def __init__(
        self,
        experiment: Experiment,
        *,
        effects: Effects,
        inventory: Inventory,
        time_scale: float,
        log: ExperimentLog,
        tell: Callable[[Experiment], None],
    ) -> None:
        self.experiment, self.effects, self.inventory = experiment, effects, inventory
        self.time_scale, self.log, self.tell = time_scale, log, tell

    async def run(self, *, allowed: bool) -> None:
        """Prepare, act, conclude; not allowed: end as cancelled."""
        if not allowed:
            self._cancel()
            self._go(Status.CANCELLED, CANCELLED_BY_LEVER)
            return
        try:
            await self._carry_out()
        except CannotStart as error:
            self._fail(error)
        except asyncio.CancelledError:
            self._cancel()
            self._go(Status.STOPPED, "The lab was stopped.")
            raise
        except Exception as error:
            log.exception("experiment %s failed", self.experiment.id)
            self._fail(CannotStart(f"The lab failed: {error!r}.", INTERNAL, "experiment"))
        else:
            self._conclude()

    async def _carry_out(self) -> None:
        if self._go(Status.INITIATING, "Experiment is initiating."):
            prepare(self.experiment, self.effects, self.inventory, self.log)
        if self._go(Status.RUNNING, "Experiment is running."):
            await self._act()

    def _go(self, status: Status, reason: str) -> bool:
        entered = self.experiment.go(status, reason)
        if entered:
            self.tell(self.experiment)
        return entered

    def _cancel(self) -> None:
        """Actions that are not over never began: their tasks were cancelled before they first ran."""
        for action in self.experiment.actions.values():
            if not action.status.final:
                action.go(*_CANCELLED)

    def _fail(self, error: CannotStart) -> None:
        self._cancel()
        account = error.account or self.experiment.account
        self.experiment.failure = Failure(account=account, code=error.code, location=error.location)
        self._go(Status.FAILED, str(error))
        self.log.ended()

    async def _act(self) -> None:
        experiment = self.experiment
        tasks = {asyncio.create_task(self._perform(action)) for action in experiment.actions.values()}
        stopping = asyncio.create_task(experiment.stopping.wait())
        try:
            waiting = tasks | {stopping}
            while waiting - {stopping} and not stopping.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if any(task.cancelled() or task.exception() for task in done):
                    break
        finally:
            stopping.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _conclude(self) -> None:
        experiment = self.experiment
        self._cancel()
        failed = [a for a in experiment.actions.values() if a.status is Status.FAILED]
        if failed:
            first = min(failed, key=lambda action: action.ended or experiment.created)
            at = f"actions.{first.name}"
            experiment.failure = Failure(account=experiment.account, code=first.code, location=at)
            self._go(Status.FAILED, f"Action {first.name} failed: {first.reason}")
        elif experiment.stop_reason is not None:
            self._go(Status.STOPPED, experiment.stop_reason)
        else:
            self._go(Status.COMPLETED, "Experiment completed.")
        self.log.ended()

    async def _perform(self, action: ActionState) -> None:
        """One action from waiting for its turn to its end; raises to end the experiment."""
        try:
            if not await self._turn(action):
                return
            targets = self._targets(action)
            if self.experiment.actions_mode == "skip-all" or targets == []:
                action.go(Status.SKIPPED, "Action was skipped.")
                return
            self._check_quota()
            action.go(Status.RUNNING, "Action is running.")
            self.log.action_started(action)
            await ACTIONS[action.spec["actionId"]].run(self._call(action, targets or []))
            action.go(Status.COMPLETED, "Action was completed.")
        except asyncio.CancelledError:
            if _cancelled():
                action.go(*(_STOPPED if action.status is Status.RUNNING else _CANCELLED))
            else:
                self._failed(action, RuntimeError("it was cancelled from within"))
            raise
        except Exception as error:
            self._failed(action, error)
            raise
        finally:
            if action.started is not None or action.code:
                self.log.action_ended(action)

    async def _turn(self, action: ActionState) -> bool:
        """Wait for what comes before; false when that ended otherwise than by itself, which ends the experiment."""
        for before in action.spec.get("startAfter") or []:
            await self.experiment.actions[before].done.wait()
            if self.experiment.actions[before].status not in (Status.COMPLETED, Status.SKIPPED):
                action.go(*_CANCELLED)
                return False
        return True

    def _check_quota(self) -> None:
        running = sum(action.status is Status.RUNNING for action in self.experiment.actions.values())
        if running >= MOST_PARALLEL:
            raise ActionFailed(f"{MOST_PARALLEL} actions of the experiment run already.", QUOTA_EXCEEDED)

    def _failed(self, action: ActionState, error: Exception) -> None:
        if isinstance(error, ActionFailed):
            action.code = error.code
        else:
            action.code = INTERNAL
            log.error("action %s of %s failed", action.name, self.experiment.id, exc_info=error)
        words = str(error) or repr(error)
        # Whoever was cancelled and fails all the same failed to take the fault back.
        action.go(Status.FAILED, f"Rollback failed: {words}" if _cancelled() else words)

    def _targets(self, action: ActionState) -> list[str] | None:
        names = (action.spec.get("targets") or {}).values()
        return [arn for name in names for arn in self.experiment.resolved[name]] if names else None

    def _call(self, action: ActionState, targets: Sequence[str]) -> Call:
        return Call(
            name=f"{self.experiment.id}/{action.name}",
            region=self.experiment.region,
            targets=targets,
            parameters=action.spec.get("parameters") or {},
            effects=self.effects,
            wait=self._wait,
            chosen_by=self._chosen_by(action),
        )

    def _chosen_by(self, action: ActionState) -> dict[str, str]:
        targets = self.experiment.template.targets
        names = (action.spec.get("targets") or {}).values()
        return {key: value for name in names for key, value in (targets[name].get("parameters") or {}).items()}

    async def _wait(self, model_seconds: float) -> None:
        await asyncio.sleep(model_seconds / self.time_scale)


def _cancelled() -> bool:
    """Whether somebody has asked the task that runs to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
