"""Experiment templates and everything that can be wrong with one, all at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from harness.lab.fis.action import Action
from harness.lab.fis.registry import ACTIONS
from harness.lab.fis.target_parameters import TARGET_PARAMETERS

MOST_ACTIONS, MOST_ARNS, MOST_STOP_CONDITIONS = 20, 5, 5
LOG_SCHEMA_VERSION = 2
ALARM = "aws:cloudwatch:alarm"
PODS = "aws:eks:pod"

_ROLE = re.compile(r"arn:aws:iam::\d{12}:role/.+")
_ALARM_ARN = re.compile(r"arn:aws:cloudwatch:(?P<region>[^:]+):\d{12}:alarm:.+")
_ACTION_ID = re.compile(r"[a-z0-9-]+(:[a-zA-Z0-9-]+)+")
_SELECTION = re.compile(r"ALL|COUNT\([1-9]\d*\)|PERCENT\(([1-9]\d?|100)\)")
_LOG_GROUP = re.compile(r"arn:aws:logs:(?P<region>[^:]+):\d{12}:log-group:(?P<name>[^:*]+)(:\*)?")
_OPTIONS = {
    "accountTargeting": ("single-account", "multi-account"),
    "emptyTargetResolutionMode": ("fail", "skip"),
}


@dataclass(slots=True, kw_only=True)
class Template:
    """An experiment template as FIS keeps it; actions, targets and so on are as they were sent."""

    id: str
    arn: str
    region: str
    description: str
    actions: dict[str, Any]
    targets: dict[str, Any]
    stop_conditions: list[dict[str, str]]
    role: str
    created: datetime
    updated: datetime
    options: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    log: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)  # target account configurations


def log_group(log: Mapping[str, Any]) -> str | None:
    """The name of the log group that a log configuration writes to, if any."""
    found = _LOG_GROUP.fullmatch((log.get("cloudWatchLogsConfiguration") or {}).get("logGroupArn", ""))
    return found["name"] if found else None


def problems(template: Template) -> list[str]:
    """Everything that is wrong with a template. Actions that the lab cannot do are not: AWS may know them."""
    return [
        *_general(template),
        *_stop_conditions(template),
        *_log(template),
        *(p for name, target in template.targets.items() for p in _target(name, target)),
        *(p for name, action in template.actions.items() for p in _action(name, action, template)),
        *_order(template.actions),
    ]


def _general(template: Template) -> Iterator[str]:
    if not 1 <= len(template.description) <= 512:
        yield "description must have 1 to 512 characters"
    if not _ROLE.fullmatch(template.role):
        yield f"roleArn is no ARN of a role: {template.role!r}"
    if not 1 <= len(template.actions) <= MOST_ACTIONS:
        yield f"a template has 1 to {MOST_ACTIONS} actions, not {len(template.actions)}"
    for name, choices in _OPTIONS.items():
        if template.options.get(name, choices[0]) not in choices:
            yield f"experimentOptions.{name} must be one of {', '.join(choices)}"


def _stop_conditions(template: Template) -> Iterator[str]:
    conditions = template.stop_conditions
    if not 1 <= len(conditions) <= MOST_STOP_CONDITIONS:
        yield f"a template has 1 to {MOST_STOP_CONDITIONS} stop conditions (one may be of source none)"
    for condition in conditions:
        match condition.get("source"):
            case "none":
                if condition.get("value"):
                    yield "a stop condition of source none has no value"
            case source if source == ALARM:
                arn = _ALARM_ARN.fullmatch(condition.get("value", ""))
                if arn is None or arn["region"] != template.region:
                    yield f"stop condition: {condition.get('value')!r} is no ARN of an alarm in {template.region}"
            case source:
                yield f"a stop condition has source none or {ALARM}, not {source!r}"


def _log(template: Template) -> Iterator[str]:
    if not template.log:
        return
    if template.log.get("logSchemaVersion") != LOG_SCHEMA_VERSION:
        given = template.log.get("logSchemaVersion")
        yield f"logConfiguration.logSchemaVersion must be {LOG_SCHEMA_VERSION}, not {given}"
    if (group := template.log.get("cloudWatchLogsConfiguration")) is not None:
        arn = _LOG_GROUP.fullmatch(group.get("logGroupArn", ""))
        if arn is None or arn["region"] != template.region:
            yield f"logGroupArn is no ARN of a log group in {template.region}: {group.get('logGroupArn')!r}"


def _target(name: str, target: Mapping[str, Any]) -> Iterator[str]:
    arns, tags = target.get("resourceArns") or [], target.get("resourceTags") or {}
    if not target.get("resourceType"):
        yield f"target {name}: resourceType is missing"
    if target.get("resourceType") == PODS:
        if arns or tags:
            yield f"target {name}: {PODS} is chosen by parameters only"
    elif bool(arns) == bool(tags):
        yield f"target {name}: give either resourceArns or resourceTags"
    if len(arns) > MOST_ARNS:
        yield f"target {name}: at most {MOST_ARNS} resourceArns"
    if arns and target.get("filters"):
        yield f"target {name}: filters go with resourceTags only"
    yield from _target_parameters(name, target)
    if not _SELECTION.fullmatch(target.get("selectionMode", "")):
        yield f"target {name}: selectionMode must be ALL, COUNT(n) or PERCENT(n), not {target.get('selectionMode')!r}"


def _target_parameters(name: str, target: Mapping[str, Any]) -> Iterator[str]:
    type, given = target.get("resourceType", ""), target.get("parameters") or {}
    known = TARGET_PARAMETERS.get(type, {})
    for unknown in sorted(set(given) - set(known)):
        yield f"target {name}: {type} has no parameter {unknown!r}"
    for parameter, spec in known.items():
        if spec.required and parameter not in given:
            yield f"target {name}: parameter {parameter} is missing"
        elif parameter in given and (problem := spec.problem(given[parameter])) is not None:
            yield f"target {name}: {parameter} {problem}"


def _action(name: str, action: Mapping[str, Any], template: Template) -> Iterator[str]:
    id = action.get("actionId", "")
    if not _ACTION_ID.fullmatch(id):
        yield f"action {name}: {id!r} is no action id"
    for target in (action.get("targets") or {}).values():
        if target not in template.targets:
            yield f"action {name}: there is no target {target!r}"
    for before in action.get("startAfter") or []:
        if before not in template.actions:
            yield f"action {name}: startAfter names no action: {before!r}"
    if (kind := ACTIONS.get(id)) is not None:
        yield from _known_targets(name, action, kind, template)
        yield from _known_parameters(name, action.get("parameters") or {}, kind)


def _known_targets(name: str, action: Mapping[str, Any], kind: Action, template: Template) -> Iterator[str]:
    given = action.get("targets") or {}
    if set(given) != set(kind.targets):
        wanted = ", ".join(kind.targets) or "no targets"
        yield f"action {name}: {kind.id} takes {wanted}, not {', '.join(given) or 'none'}"
        return
    for key, type in kind.targets.items():
        found = template.targets.get(given[key], {}).get("resourceType", type)
        if found != type:
            yield f"action {name}: {key} takes targets of type {type}, not {found}"


def _known_parameters(name: str, given: Mapping[str, str], kind: Action) -> Iterator[str]:
    for parameter, spec in kind.parameters.items():
        if parameter not in given:
            if spec.required:
                yield f"action {name}: parameter {parameter} is missing"
        elif (problem := spec.problem(given[parameter])) is not None:
            yield f"action {name}: {parameter} {problem}"
    for unknown in sorted(set(given) - set(kind.parameters)):
        yield f"action {name}: {kind.id} has no parameter {unknown!r}"


def _order(actions: Mapping[str, Any]) -> Iterator[str]:
    try:
        TopologicalSorter({name: action.get("startAfter") or [] for name, action in actions.items()}).prepare()
    except CycleError as error:
        yield f"startAfter goes round in a circle: {' -> '.join(map(str, error.args[1]))}"
