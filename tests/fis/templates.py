"""Sound templates, and one for every action of the catalogue, to spoil in tests."""

import copy
from typing import Any

from harness.fis.action import ChosenBy
from harness.fis.actions import ACTIONS
from harness.fis.parameter import Kind, Parameter
from harness.fis.targets import TARGET_TYPES

STOP: dict[str, Any] = {
    "description": "instances stop",
    "roleArn": "arn:aws:iam::123456789012:role/drill-fis",
    "stopConditions": [
        {"source": "aws:cloudwatch:alarm", "value": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"}
    ],
    "targets": {
        "instances": {
            "resourceType": "aws:ec2:instance",
            "resourceTags": {"drill": "storefront"},
            "selectionMode": "ALL",
        }
    },
    "actions": {
        "stop": {
            "actionId": "aws:ec2:stop-instances",
            "parameters": {"startInstancesAfterDuration": "PT5M"},
            "targets": {"Instances": "instances"},
        },
        "wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}, "startAfter": ["stop"]},
    },
    "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
    "tags": {"drill": "storefront"},
}
_GONE = object()


def spoilt(*path: Any, value: Any = _GONE) -> dict[str, Any]:
    """The sound template with one part put in place of another; without a value the part is gone."""
    template = copy.deepcopy(STOP)
    part: Any = template
    for each in path[:-1]:
        part = part[each]
    if value is _GONE:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return template


def template_of(action_id: str) -> dict[str, Any]:
    """A sound template around one action with all of its parameters."""
    kind = ACTIONS[action_id]
    action = {
        "actionId": action_id,
        "parameters": {each.name: value_of(each) for each in kind.parameters},
        "targets": {key: "target" for key in kind.targets},
    }
    targets = [("target", _target(type, kind.chosen_by)) for type in kind.targets.values()]
    return {**copy.deepcopy(STOP), "actions": {"it": action}, "targets": dict(targets)}


def _target(type: str, chosen_by: ChosenBy) -> dict[str, Any]:
    kind = TARGET_TYPES[type]
    target: dict[str, Any] = {"resourceType": type, "selectionMode": "ALL"}
    if kind.parameters:
        target["parameters"] = {each.name: value_of(each) for each in kind.parameters}
    if kind.tagged and chosen_by in (ChosenBy.ARNS, ChosenBy.ONE_ARN):
        target["resourceArns"] = ["arn:aws:iam::123456789012:role/app"]
    elif kind.tagged:
        target["resourceTags"] = {"drill": "storefront"}
    return target


def value_of(parameter: Parameter) -> str:
    """A value that is right."""
    if parameter.choices:
        return parameter.choices[0]
    by_kind = {Kind.DURATION: "PT10M", Kind.JSON: "{}", Kind.BOOLEAN: "true", Kind.DIGITS: "503", Kind.TEXT: "word"}
    return by_kind.get(parameter.kind, "word, other" if parameter.kind is Kind.LIST else "10")
