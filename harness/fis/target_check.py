"""What is wrong with the targets of a template."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.fis.parameter import Parameter, did_you_mean
from harness.fis.problem import Problem, under
from harness.fis.targets import TARGET_TYPES, TargetType

MOST_ARNS = 5

_SELECTION = re.compile(r"ALL|COUNT\([1-9]\d{0,8}\)|PERCENT\(([1-9]\d?|100)\)", re.ASCII)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|):.+", re.ASCII)


def target_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem of every target by itself."""
    for name, target in (template.get("targets") or {}).items():
        at = under("/targets", name)
        yield from _selection_problems(target, at)
        yield from _type_problems(target, at)
        yield from _choice_problems(target, at)


def parameter_problems(
    given: Mapping[str, object], known: Sequence[Parameter], owner: str, at: str
) -> Iterator[Problem]:
    """Every parameter that is missing, unknown or has a wrong value."""
    by_name = {each.name: each for each in known}
    for each in known:
        if each.required and each.name not in given:
            yield Problem(pointer=at, text=f"{owner} needs {each.name} ({each.kind}{_range(each)})")
    for name, value in given.items():
        if name not in by_name:
            near = did_you_mean(name, by_name) or f"; it has {', '.join(by_name) or 'no parameters'}"
            yield Problem(pointer=under(at, name), text=f"{owner} has no parameter {name!r}{near}")
        elif (problem := by_name[name].problem(value)) is not None:
            yield Problem(pointer=under(at, name), text=problem)


def _range(parameter: Parameter) -> str:
    return f", {parameter.range}" if parameter.range else ""


def _selection_problems(target: Mapping[str, Any], at: str) -> Iterator[Problem]:
    mode = target.get("selectionMode")
    if mode is None:
        yield Problem(pointer=at, text="selectionMode is missing")
    elif not _SELECTION.fullmatch(mode):
        text = f"must be ALL, COUNT(n) or PERCENT(1 to 100), not {mode!r}"
        yield Problem(pointer=under(at, "selectionMode"), text=text)


def _type_problems(target: Mapping[str, Any], at: str) -> Iterator[Problem]:
    name, given = target.get("resourceType"), target.get("parameters") or {}
    if name is None:
        yield Problem(pointer=at, text="resourceType is missing")
    elif (kind := TARGET_TYPES.get(name)) is None:
        text = f"unknown resource type {name!r}{did_you_mean(name, TARGET_TYPES)}"
        yield Problem(pointer=under(at, "resourceType"), text=text)
    else:
        yield from parameter_problems(given, kind.parameters, kind.id, under(at, "parameters") if given else at)
        yield from _untagged_problems(kind, target, at)


def _untagged_problems(kind: TargetType, target: Mapping[str, Any], at: str) -> Iterator[Problem]:
    for key in () if kind.tagged else ("resourceArns", "resourceTags"):
        if target.get(key):
            yield Problem(pointer=under(at, key), text=f"{kind.id} is chosen by its parameters only")


def _choice_problems(target: Mapping[str, Any], at: str) -> Iterator[Problem]:
    arns, tags = target.get("resourceArns") or [], target.get("resourceTags") or {}
    kind = TARGET_TYPES.get(target.get("resourceType", ""))
    if arns and tags:
        yield Problem(pointer=at, text="has resourceArns and resourceTags; FIS takes one of them")
    if not arns and not tags and (kind is None or kind.tagged):
        yield Problem(pointer=at, text="chooses nothing; give resourceArns or resourceTags")
    if len(arns) > MOST_ARNS:
        text = f"FIS takes at most {MOST_ARNS} ARNs in a target, not {len(arns)}"
        yield Problem(pointer=under(at, "resourceArns"), text=text)
    for number, arn in enumerate(arns):
        if not _ARN.fullmatch(arn):
            yield Problem(pointer=under(at, "resourceArns", number), text=f"is no ARN: {arn!r}")
    if arns and target.get("filters"):
        yield Problem(pointer=under(at, "filters"), text="filters go with resourceTags, not with resourceArns")
