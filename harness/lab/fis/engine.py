"""Runs experiments, each on a course of its own, and stops them: by a user, an alarm, or the safety lever."""

import copy
import secrets
import string
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from harness.lab.fis.course import Course
from harness.lab.fis.effects import Effects
from harness.lab.fis.experiment import ActionState, Experiment
from harness.lab.fis.lever import Lever
from harness.lab.fis.log import ExperimentLog
from harness.lab.fis.log_delivery import LogStore
from harness.lab.fis.targets import Inventory
from harness.lab.fis.template import Template

STOPPED_BY_USER = "Experiment was stopped by the user."
STOPPED_BY_LEVER = "Experiment was stopped because the safety lever was engaged."
HALTED = "Experiment halted by stop condition."

_SYMBOLS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """An id like those of FIS: EXT or EXP and 15 letters and digits."""
    return prefix + "".join(secrets.choice(_SYMBOLS) for _ in range(15))


class Engine:
    """Starts, stops and follows experiments; `begin`, `stop` and `pull` may be called from any thread.

    `spawn` runs a coroutine in the loop, `soon` a plain call. `tell` hears of every change of an experiment's status,
    in the thread that makes it.
    """

    def __init__(
        self,
        *,
        effects: Effects,
        inventory: Inventory,
        logs: LogStore,
        time_scale: float,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        soon: Callable[..., object],
        tell: Callable[[Experiment], None] = lambda experiment: None,
    ) -> None:
        self.effects, self.inventory, self.logs, self.time_scale = effects, inventory, logs, time_scale
        self.spawn, self.soon, self.tell = spawn, soon, tell
        self.experiments: dict[str, Experiment] = {}
        self.levers: defaultdict[str, Lever] = defaultdict(Lever)

    def begin(self, template: Template, *, account: str, actions_mode: str, tags: dict[str, str]) -> Experiment:
        """Make an experiment of a template, pending, and set it going."""
        id, region = new_id("EXP"), template.region
        experiment = Experiment(
            id=id,
            arn=f"arn:aws:fis:{region}:{account}:experiment/{id}",
            account=account,
            template=copy.deepcopy(template),
            region=region,
            actions={name: ActionState(name=name, spec=copy.deepcopy(a)) for name, a in template.actions.items()},
            actions_mode=actions_mode,
            tags=tags,
        )
        self.experiments[id] = experiment
        course = Course(
            experiment,
            effects=self.effects,
            inventory=self.inventory,
            time_scale=self.time_scale,
            log=ExperimentLog(experiment, self.logs),
            tell=self.tell,
        )
        self.spawn(course.run(allowed=not self.levers[region].engaged))
        return experiment

    def of(self, region: str) -> list[Experiment]:
        """The experiments of a region, the oldest first."""
        return [e for e in list(self.experiments.values()) if e.region == region]

    def active(self, region: str) -> list[Experiment]:
        """The experiments of a region that are not over."""
        return [e for e in self.of(region) if not e.status.final]

    def stop(self, experiment: Experiment, reason: str = STOPPED_BY_USER) -> None:
        """Stop an experiment and roll back; one that is stopping or over stays as it is."""
        if experiment.halt(reason):
            self.tell(experiment)
            self.soon(experiment.stopping.set)

    def alarmed(self, arn: str) -> None:
        """Stop every experiment that has an alarm, which is now in state ALARM, as a stop condition."""
        for experiment in list(self.experiments.values()):
            if arn in experiment.alarms():
                self.stop(experiment, HALTED)

    def pull(self, region: str, *, engaged: bool, reason: str) -> None:
        """Pull the safety lever of a region; engaging it stops all that runs there."""
        self.levers[region] = Lever(engaged=engaged, reason=reason)
        if engaged:
            for experiment in self.active(region):
                self.stop(experiment, STOPPED_BY_LEVER)
