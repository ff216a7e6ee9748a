"""Templates and experiments in the words of FIS."""

from collections.abc import Mapping
from typing import Any

from harness.lab.fis.experiment import ActionState, Experiment
from harness.lab.fis.template import Template


def only(described: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The part of a description that lists show."""
    return {key: described[key] for key in keys}


def describe_template(template: Template) -> dict[str, Any]:
    """A template in the words of FIS."""
    return {
        "id": template.id,
        "arn": template.arn,
        "description": template.description,
        "creationTime": template.created,
        "lastUpdateTime": template.updated,
        "tags": template.tags,
        **_shared(template),
        "actions": template.actions,
        "experimentOptions": _options(template),
    }


def describe(experiment: Experiment) -> dict[str, Any]:
    """An experiment in the words of FIS."""
    template = experiment.template
    return {
        "id": experiment.id,
        "arn": experiment.arn,
        "experimentTemplateId": template.id,
        "state": _state(experiment),
        "creationTime": experiment.created,
        "startTime": experiment.started,
        "endTime": experiment.ended,
        "tags": experiment.tags,
        **_shared(template),
        "actions": {name: _action(action) for name, action in experiment.actions.items()},
        "experimentOptions": {**_options(template), "actionsMode": experiment.actions_mode},
    }


def _shared(template: Template) -> dict[str, Any]:
    return {
        "roleArn": template.role,
        "targets": template.targets,
        "stopConditions": template.stop_conditions,
        "logConfiguration": template.log or None,
        "targetAccountConfigurationsCount": len(template.accounts),
    }


def _state(experiment: Experiment) -> dict[str, Any]:
    failure, state = experiment.failure, {"status": experiment.status.value, "reason": experiment.reason}
    if failure is None or not experiment.status.final:
        return state
    return {**state, "error": {"accountId": failure.account, "code": failure.code, "location": failure.location}}


def _action(action: ActionState) -> dict[str, Any]:
    keys = ("actionId", "description", "parameters", "targets", "startAfter")
    return {
        **{key: action.spec[key] for key in keys if action.spec.get(key) is not None},
        "state": {"status": action.status.value, "reason": action.reason},
        "startTime": action.started,
        "endTime": action.ended,
    }


def _options(template: Template) -> dict[str, str]:
    return {
        "accountTargeting": template.options.get("accountTargeting", "single-account"),
        "emptyTargetResolutionMode": template.options.get("emptyTargetResolutionMode", "fail"),
    }
