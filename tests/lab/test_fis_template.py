"""What is wrong with an experiment template is said all at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.lab.fis.action import seconds
from harness.lab.fis.template import Template, problems

AT = datetime(2026, 1, 1, tzinfo=UTC)
SUBNETS = {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}
CUT = {
    "actionId": "aws:network:disrupt-connectivity",
    "parameters": {"scope": "all", "duration": "PT5M"},
    "targets": {"Subnets": "subnets"},
}
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}


def template(**changes: Any) -> Template:
    fields: dict[str, Any] = {
        "id": "EXT1",
        "arn": "arn",
        "region": "us-east-1",
        "description": "a cut",
        "actions": {"cut": CUT},
        "targets": {"subnets": SUBNETS},
        "stop_conditions": [{"source": "none"}],
        "role": "arn:aws:iam::123456789012:role/drill-fis",
        "created": AT,
        "updated": AT,
    }
    return Template(**{**fields, **changes})


def test_a_good_template_has_no_problems() -> None:
    assert problems(template(actions={"cut": CUT, "then": {**WAIT, "startAfter": ["cut"]}})) == []


def test_an_action_that_only_aws_has_is_no_problem_of_the_template() -> None:
    assert problems(template(actions={"x": {"actionId": "aws:directconnect:virtual-interface-disconnect"}})) == []


@pytest.mark.parametrize(("changes", "words"), [
    ({"role": "nobody"}, "roleArn"),
    ({"actions": {}}, "1 to 20 actions"),
    ({"stop_conditions": []}, "stop conditions"),
    ({"stop_conditions": [{"source": "aws:cloudwatch:alarm", "value": "x"}]}, "no ARN of an alarm"),
    ({"stop_conditions": [{"source": "none"}] * 6}, "1 to 5 stop conditions"),
    ({"actions": {"cut": {**CUT, "targets": {"Subnets": "others"}}}}, "there is no target 'others'"),
    ({"actions": {"cut": {**CUT, "targets": {}}}}, "takes Subnets, not none"),
    ({"actions": {"cut": {**CUT, "parameters": {"scope": "all"}}}}, "duration is missing"),
    ({"actions": {"cut": {**CUT, "parameters": {"scope": "all", "duration": "5 min"}}}}, "no ISO 8601 duration"),
    ({"actions": {"cut": {**CUT, "parameters": {"scope": "all", "duration": "PT10S"}}}}, "from 60 s to 43200 s"),
    ({"actions": {"cut": {**CUT, "parameters": {"scope": "most", "duration": "PT5M"}}}}, "must be one of all"),
    ({"actions": {"wait": {**WAIT, "parameters": {"duration": "PT1M", "x": "y"}}}}, "has no parameter 'x'"),
    ({"actions": {"a": {**WAIT, "startAfter": ["b"]}}}, "names no action: 'b'"),
    ({"actions": {"a": {**WAIT, "startAfter": ["b"]}, "b": {**WAIT, "startAfter": ["a"]}}}, "in a circle"),
    ({"targets": {"subnets": {**SUBNETS, "resourceArns": ["arn"]}}}, "either resourceArns or resourceTags"),
    ({"targets": {"subnets": {**SUBNETS, "selectionMode": "SOME"}}}, "selectionMode"),
    ({"targets": {"subnets": {**SUBNETS, "resourceType": "aws:ec2:instance"}}}, "takes targets of type aws:ec2:subnet"),
    ({"targets": {"subnets": {**SUBNETS, "parameters": {"colour": "blue"}}}}, "has no parameter 'colour'"),
    ({"targets": {"pods": {"resourceType": "aws:eks:pod", "selectionMode": "ALL"}}}, "clusterIdentifier is missing"),
    ({"options": {"emptyTargetResolutionMode": "maybe"}}, "emptyTargetResolutionMode"),
])  # fmt: skip
def test_each_mistake_is_named(changes: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in problems(template(**changes)))


def test_every_problem_is_listed_not_only_the_first() -> None:
    assert len(problems(template(role="nobody", stop_conditions=[], description=""))) == 3


@pytest.mark.parametrize(("duration", "length"), [
    ("PT1M", 60),
    ("PT1H30M", 5400),
    ("P1DT1S", 86401),
    ("PT", None),
    ("P", None),
    ("5", None),
])  # fmt: skip
def test_durations_are_iso_8601(duration: str, length: float | None) -> None:
    assert seconds(duration) == length
