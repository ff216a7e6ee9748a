"""The shape of an experiment template: its keys, and what is a list, a mapping or a string."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.fis.parameter import did_you_mean
from harness.fis.problem import Problem, under


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from names that the author chose."""

    of: Any


# A dict is a mapping with these keys, a list a list of what it holds; str is a string and object is anything.
TEMPLATE: dict[str, Any] = {
    "clientToken": str,
    "description": str,
    "roleArn": str,
    "stopConditions": [{"source": str, "value": str}],
    "targets": Named(
        {
            "resourceType": str,
            "resourceArns": [str],
            "resourceTags": Named(str),
            "filters": [{"path": str, "values": [str]}],
            "selectionMode": str,
            "parameters": Named(object),
        }
    ),
    "actions": Named(
        {
            "actionId": str,
            "description": str,
            "parameters": Named(object),
            "targets": Named(str),
            "startAfter": [str],
        }
    ),
    "tags": Named(str),
    "logConfiguration": object,
    "experimentOptions": {"accountTargeting": str, "emptyTargetResolutionMode": str},
    "experimentReportConfiguration": object,
}


def shaped(template: object) -> tuple[dict[str, Any], list[Problem]]:
    """What of a template has the right shape, and what has not."""
    problems: list[Problem] = []
    found = _fit(template, TEMPLATE, "", problems)
    return found if isinstance(found, dict) else {}, problems


def _fit(value: object, shape: Any, at: str, problems: list[Problem]) -> Any:
    """The value without its parts of a wrong shape; None when it is of a wrong shape itself."""
    if shape is object:
        return value
    if isinstance(shape, list):
        return _fit_list(value, shape[0], at, problems)
    if shape is str:
        return value if isinstance(value, str) else _wrong(value, "a string", at, problems)
    if not isinstance(value, Mapping):
        return _wrong(value, "an object", at, problems)
    return _fit_mapping(value, shape, at, problems)


def _fit_list(value: object, shape: Any, at: str, problems: list[Problem]) -> Any:
    if not isinstance(value, list | tuple):
        return _wrong(value, "a list", at, problems)
    fitted = [_fit(each, shape, under(at, n), problems) for n, each in enumerate(value)]
    return [each for each in fitted if each is not None]


def _fit_mapping(value: Mapping[Any, Any], shape: Any, at: str, problems: list[Problem]) -> dict[str, Any]:
    fitted = {}
    for name, each in value.items():
        key, place = str(name), under(at, name)
        if isinstance(shape, Named):
            inner = shape.of
        elif key in shape:
            inner = shape[key]
        else:
            problems.append(Problem(pointer=place, text=f"unknown key {key!r}{did_you_mean(key, shape)}"))
            continue
        kept = _fit(each, inner, place, problems)
        if kept is not None:
            fitted[key] = kept
    return fitted


def _wrong(value: object, wanted: str, at: str, problems: list[Problem]) -> None:
    problems.append(Problem(pointer=at, text=f"must be {wanted}, not {_NAMES.get(type(value), type(value).__name__)}"))


_NAMES = {
    dict: "an object", list: "a list", str: "a string", int: "a number", float: "a number", bool: "true or false",
    type(None): "null",
}  # fmt: skip
