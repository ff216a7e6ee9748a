"""What stands for the names of a stack in an experiment template: `<account>`, `<role arn>`, `<tags>` and so on.

A placeholder is written in angle brackets, in any case, with spaces, `_` or `-`; a leading "your" says nothing. So
`<YOUR AWS ACCOUNT>` and `<ACCOUNT_ID>` of AWS's own samples mean `<account>`.
"""

import re
from collections.abc import Mapping
from typing import Any

from harness.fis.parameter import did_you_mean
from harness.fis.problem import Problem, under
from harness.stack.descriptor import Stack

_PLACEHOLDER = re.compile(r"<([A-Za-z][A-Za-z0-9 _-]*)>")
_ALIASES = {
    "aws account": "account",
    "account id": "account",
    "aws account id": "account",
    "aws region": "region",
    "iam role": "role name",
    "fis role name": "role name",
    "fis role arn": "role arn",
    "az": "zone",
    "target az": "zone",
    "availability zone": "zone",
}

Values = dict[str, str | dict[str, str]]


def values(stack: Stack, region: str) -> Values:
    """What every placeholder comes to in a region of the stack; "" for what the stack does not have there."""
    here, database = stack.regions[region], stack.database
    identifier = database.instances.get(region, "") if database else ""
    return {
        "account": stack.account,
        "region": region,
        "role arn": stack.role_arn,
        "role name": stack.role_arn.partition(":role/")[2],
        "tags": dict(stack.tags),
        "zone": next(iter(here.zones), ""),
        "auto scaling group": here.auto_scaling_group,
        "table": here.global_table,
        "table arn": stack.arn("dynamodb", region, f"table/{here.global_table}") if here.global_table else "",
        "bucket": here.bucket,
        "function": here.function,
        "function arn": stack.arn("lambda", region, f"function:{here.function}") if here.function else "",
        "database": identifier,
        "database arn": stack.arn("rds", region, f"db:{identifier}") if identifier else "",
    }


def filled(template: Mapping[str, Any], stack: Stack, region: str) -> tuple[dict[str, Any], list[Problem]]:
    """The template with every placeholder filled in, and the placeholders that stand for nothing."""
    problems: list[Problem] = []
    return _fill(template, values(stack, region), "", problems), problems


def _fill(value: Any, known: Values, at: str, problems: list[Problem]) -> Any:
    if isinstance(value, Mapping):
        return {
            _text(key, known, under(at, key), problems): _fill(each, known, under(at, key), problems)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_fill(each, known, under(at, number), problems) for number, each in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    found = known.get(_name(whole[1])) if whole else None
    return found if isinstance(found, dict) else _text(value, known, at, problems)


def _text(text: str, known: Values, at: str, problems: list[Problem]) -> str:
    def stand_in(match: re.Match[str]) -> str:
        found = known.get(_name(match[1]))
        if isinstance(found, str) and found:
            return found
        problems.append(Problem(pointer=at, text=_wrong(match[0], _name(match[1]), known)))
        return match[0]

    return _PLACEHOLDER.sub(stand_in, text)


def _name(written: str) -> str:
    words = " ".join(re.split(r"[ _-]+", written.lower()))
    name = words.removeprefix("your ").strip()
    return _ALIASES.get(name, name)


def _wrong(written: str, name: str, known: Values) -> str:
    if name not in known:
        near = did_you_mean(name, known) or f"; known are {', '.join(f'<{each}>' for each in known)}"
        return f"unknown placeholder {written}{near}"
    if known[name] == "":
        return f"{written}: the stack has none in this region"
    return f'{written} is a whole value: write "resourceTags": "{written}"'
