"""Everything that is wrong with an FIS experiment template, before any call is made."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.fis.action_check import action_problems
from harness.fis.on_the_lab import OPTIONS_NOT_ON_THE_LAB
from harness.fis.order_check import order_problems
from harness.fis.problem import Problem, under
from harness.fis.shape import shaped
from harness.fis.target_check import target_problems

MOST_ACTIONS, MOST_STOP_CONDITIONS, MOST_TAGS, LONGEST_DESCRIPTION = 20, 5, 50, 512
ALARM = "aws:cloudwatch:alarm"

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", re.ASCII)
_ALARM_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+", re.ASCII)


def check_template(template: object, *, outside_lab: bool, watched: bool = False) -> list[Problem]:
    """Every problem of a template, each with a JSON pointer; makes no call and never raises.

    `outside_lab`: it needs a stop condition there, unless the drill itself is `watched` for one; on the lab it may ask
    only for what the lab makes real.
    """
    found, problems = shaped(template)
    return [
        *problems,
        *_head_problems(found),
        *_stop_problems(found, needed=outside_lab and not watched),
        *_option_problems(found.get("experimentOptions") or {}),
        *(() if outside_lab else _lab_problems(found)),
        *target_problems(found),
        *action_problems(found, outside_lab=outside_lab),
        *order_problems(found.get("actions") or {}),
    ]


def _head_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("description", "roleArn", "stopConditions", "actions"):
        if key not in template:
            yield Problem(pointer="", text=f"{key} is missing")
    description, role = template.get("description"), template.get("roleArn")
    if description is not None and not 1 <= len(description) <= LONGEST_DESCRIPTION:
        yield Problem(pointer="/description", text=f"must have 1 to {LONGEST_DESCRIPTION} characters")
    if role is not None and not _ROLE.fullmatch(role):
        yield Problem(pointer="/roleArn", text=f"is no ARN of an IAM role: {role!r}")
    if "actions" in template and not 1 <= len(template["actions"]) <= MOST_ACTIONS:
        yield Problem(pointer="/actions", text=f"FIS takes 1 to {MOST_ACTIONS} actions, not {len(template['actions'])}")
    if len(template.get("tags") or {}) > MOST_TAGS:
        yield Problem(pointer="/tags", text=f"FIS takes at most {MOST_TAGS} tags, not {len(template['tags'])}")


def _stop_problems(template: Mapping[str, Any], *, needed: bool) -> Iterator[Problem]:
    at, conditions = "/stopConditions", template.get("stopConditions")
    if conditions is None:
        return
    if not 1 <= len(conditions) <= MOST_STOP_CONDITIONS:
        text = f"FIS takes 1 to {MOST_STOP_CONDITIONS} stop conditions (one may be of source none)"
        yield Problem(pointer=at, text=f"{text}, not {len(conditions)}")
    for number, condition in enumerate(conditions):
        yield from _condition_problems(condition, under(at, number))
    if needed and not any(each.get("source") == ALARM for each in conditions):
        yield Problem(pointer=at, text="no stop condition: outside the lab a CloudWatch alarm must stop it")


def _condition_problems(condition: Mapping[str, str], at: str) -> Iterator[Problem]:
    source, value = condition.get("source"), condition.get("value", "")
    if source not in ("none", ALARM):
        yield Problem(pointer=at, text=f"source must be none or {ALARM}, not {source!r}")
    elif source == "none" and value:
        yield Problem(pointer=under(at, "value"), text="a stop condition of source none has no value")
    elif source == ALARM and not _ALARM_ARN.fullmatch(value):
        yield Problem(pointer=at, text=f"value is no ARN of a CloudWatch alarm: {value!r}")


def _option_problems(options: Mapping[str, str]) -> Iterator[Problem]:
    at = "/experimentOptions"
    mode, accounts = options.get("emptyTargetResolutionMode", "fail"), options.get("accountTargeting", "single-account")
    if mode != "fail":
        text = f"must be fail, not {mode!r}: an action without targets would be skipped, and nothing broken"
        yield Problem(pointer=under(at, "emptyTargetResolutionMode"), text=text)
    if accounts != "single-account":
        text = f"must be single-account, not {accounts!r}: a drill touches the account of its stack only"
        yield Problem(pointer=under(at, "accountTargeting"), text=text)


def _lab_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    for key in OPTIONS_NOT_ON_THE_LAB:
        if template.get(key):
            yield Problem(pointer=under("", key), text="the lab cannot do it")
