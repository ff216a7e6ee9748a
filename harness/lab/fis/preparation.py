"""What must hold before the first action of an experiment begins: nothing is missing, and every target is found."""

from collections.abc import Mapping
from typing import Any

from harness.lab.fis.effects import Effects
from harness.lab.fis.experiment import ActionState, Experiment
from harness.lab.fis.failure import CONFIGURATION, INVALID_TARGET, CannotStart
from harness.lab.fis.log import ExperimentLog
from harness.lab.fis.registry import ACTIONS
from harness.lab.fis.targets import Inventory, absent, resolve

EMPTY = "Target resolution returned empty set"


def prepare(experiment: Experiment, effects: Effects, inventory: Inventory, log: ExperimentLog) -> None:
    """Find what is missing, then resolve every target. Raises CannotStart."""
    log.check()
    log.started()
    _check_accounts(experiment)
    for action in experiment.actions.values():
        _check_action(action)
    for arn in experiment.alarms():
        state = effects.alarms.state(arn)
        if state is None or state == "ALARM":
            reason = f"Experiment could not start: alarm {arn} is {state or 'not there'}."
            raise CannotStart(reason, CONFIGURATION, "stopConditions")
    for name, target in experiment.template.targets.items():
        _resolve(experiment, name, target, inventory, log)


def _check_accounts(experiment: Experiment) -> None:
    """The lab is one account: what another one should suffer cannot be done."""
    template = experiment.template
    if template.options.get("accountTargeting") != "multi-account":
        return
    at = "targetAccountConfigurations"
    if not template.accounts:
        raise CannotStart("The template has no target account configuration.", CONFIGURATION, at)
    for account in template.accounts:
        if account != experiment.account:
            reason = f"the lab cannot reach account {account}: it has account {experiment.account} only"
            raise CannotStart(reason, CONFIGURATION, f"{at}.{account}", account)


def _check_action(action: ActionState) -> None:
    id, at = action.spec["actionId"], f"actions.{action.name}"
    kind = ACTIONS.get(id)
    if kind is None:
        raise CannotStart(f'the lab cannot do "{id}": it can do {", ".join(sorted(ACTIONS))}', CONFIGURATION, at)
    if missing := kind.cannot(action.spec.get("parameters") or {}):
        raise CannotStart(f'the lab cannot do "{id}": {missing}', CONFIGURATION, at)


def _resolve(
    experiment: Experiment, name: str, target: Mapping[str, Any], inventory: Inventory, log: ExperimentLog
) -> None:
    log.resolving(name)
    type = target["resourceType"]
    candidates = list(inventory.candidates(experiment.region, type))
    found, problem = resolve(target, candidates), None
    if experiment.template.options.get("emptyTargetResolutionMode", "fail") == "fail":
        if lost := absent(target, candidates):
            problem = f"Target resolution did not find {', '.join(lost)}."
        elif not found:
            problem = f"{EMPTY}: {name}."
    log.resolved(name, type, found, problem)
    if problem is not None:
        raise CannotStart(problem, INVALID_TARGET, f"targets.{name}")
    experiment.resolved[name] = found
