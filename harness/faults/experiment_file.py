"""An FIS experiment template that the author of a drill wrote, as a JSON file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from harness.errors import ConfigError
from harness.faults.placeholders import filled
from harness.faults.registry import SHORTEST
from harness.fis.json_lines import line_of, lines
from harness.fis.length import length
from harness.fis.problem import Problem, under
from harness.fis.shape import shaped
from harness.fis.template import check_template
from harness.stack.descriptor import Stack


def parse(text: str, path: str) -> Mapping[str, Any]:
    """The template in a text. Raises ConfigError with file and line when it is no JSON object, or has a key twice."""
    twice: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(
            f"{path}: the key {n!r} is there twice; JSON keeps one" for n in dict.fromkeys(names) if names.count(n) > 1
        )
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise ConfigError([f"{path}:{error.lineno}: not JSON: {error.msg}"]) from error
    except (RecursionError, ValueError) as error:
        raise ConfigError([f"{path}: not JSON that can be read: {error}"]) from error
    if twice:
        raise ConfigError(twice)
    if not isinstance(found, dict):
        raise ConfigError([f"{path}:1: an experiment template is a JSON object"])
    return found


def read(text: str, path: str, stack: Stack, region: str) -> dict[str, Any]:
    """The template with every placeholder filled in for a region. Raises ConfigError with file and line."""
    template, problems = _filled(text, path, stack, region)
    if problems:
        raise ConfigError(located(problems, text, path))
    return template


def _filled(text: str, path: str, stack: Stack, region: str) -> tuple[dict[str, Any], list[Problem]]:
    try:
        template, problems = filled(parse(text, path), stack, region)
    except RecursionError as error:
        raise ConfigError([f"{path}: is nested too deeply"]) from error
    template.pop("clientToken", None)  # the harness makes its own for each call
    return template, problems


def lasts(text: str, path: str) -> timedelta:
    """How long the experiment runs, at least a minute. Raises ConfigError."""
    return max(length(parse(text, path)), SHORTEST)


def whole_problems(template: Mapping[str, Any], *, outside_lab: bool, watched: bool) -> list[Problem]:
    """Those of any template, and that nobody could watch what it did, or that it leaves instances stopped for good."""
    found = check_template(template, outside_lab=outside_lab, watched=watched)
    actions = shaped(template)[0].get("actions") or {}
    readable = not any(each.pointer.startswith("/actions") for each in found)
    return [*found, *(_too_short(template) if readable else ()), *_left_stopped(actions)]


def _too_short(template: Mapping[str, Any]) -> Iterator[Problem]:
    found = length(template)
    if found < SHORTEST:
        text = f"lasts {found.total_seconds():g} s in all; add an aws:fis:wait, so that the drill can watch a minute"
        yield Problem(pointer="/actions", text=text)


def _left_stopped(actions: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for name, action in actions.items():
        stops = action.get("actionId") == "aws:ec2:stop-instances"
        if stops and "startInstancesAfterDuration" not in (action.get("parameters") or {}):
            text = "nobody would start the instances again; give startInstancesAfterDuration"
            yield Problem(pointer=under("/actions", name), text=text)


def problems_of(text: str, path: str, stack: Stack, region: str, *, watched: bool) -> list[str]:
    """Everything that is wrong with the file, with its lines, as it would run in a region of the stack."""
    try:
        template, unfilled = _filled(text, path, stack, region)
    except ConfigError as error:
        return list(error.problems)
    found = whole_problems(template, outside_lab=stack.environment != "lab", watched=watched)
    told = tuple(each.pointer for each in unfilled)
    return located([*unfilled, *(each for each in found if not each.pointer.startswith(told))], text, path)


def located(problems: Iterable[Problem], text: str, path: str) -> list[str]:
    """Problems with the file and the line in front."""
    found = sorted(problems, key=lambda each: each.pointer)
    if not found:
        return []
    known = lines(text)
    placed = sorted(((line_of(each.pointer, known), each) for each in found), key=lambda pair: pair[0])
    return [f"{path}:{line}: {each}" for line, each in placed]
