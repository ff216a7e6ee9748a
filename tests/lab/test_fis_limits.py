"""What is over the limits of the model of FIS is told before anything looks at it."""

from typing import Any

import pytest
from moto.core.utils import get_service_model

from harness.lab.fis.limits import over_limit

TEMPLATE: dict[str, Any] = {
    "clientToken": "t",
    "description": "d",
    "stopConditions": [],
    "actions": {},
    "roleArn": "r" * 20,
}
TARGET = {"resourceType": "aws:ec2:instance", "selectionMode": "ALL"}


def found(operation: str, asked: dict[str, Any]) -> list[str]:
    return list(over_limit(get_service_model("fis").operation_model(operation).input_shape, asked))


def test_a_request_within_the_limits_has_nothing_over_them() -> None:
    assert found("CreateExperimentTemplate", TEMPLATE) == []
    assert found("ListActions", {"maxResults": 100}) == []


@pytest.mark.parametrize(("operation", "asked", "words"), [
    ("CreateExperimentTemplate", {**TEMPLATE, "description": "d" * 513}, "description must have a length of 512 at"),
    ("CreateExperimentTemplate", {**TEMPLATE, "roleArn": "short"}, "roleArn must have a length of 20 at least"),
    ("CreateExperimentTemplate", {**TEMPLATE, "tags": dict.fromkeys(map(str, range(51)), "")},
     "tags must have a length of 50 at most"),
    ("CreateExperimentTemplate", {**TEMPLATE, "tags": {"k": "v" * 257}}, "tags.k must have a length of 256 at most"),
    ("CreateExperimentTemplate", {**TEMPLATE, "tags": {"k" * 129: "v"}}, "a length of 128 at most, not 129"),
    ("CreateExperimentTemplate", {**TEMPLATE, "actions": {" ": {"actionId": "x"}}}, "key ' ' must match"),
    ("CreateExperimentTemplate", {**TEMPLATE, "targets": {"t": {**TARGET, "resourceArns": ["a" * 20] * 6}}},
     "targets.t.resourceArns must have a length of 5 at most"),
    ("CreateExperimentTemplate", {**TEMPLATE, "targets": {"t": {**TARGET, "resourceArns": ["a" * 20, "b"]}}},
     "targets.t.resourceArns[1] must have a length of 20 at least"),
    ("CreateExperimentTemplate", {**TEMPLATE, "experimentOptions": {"accountTargeting": "all"}},
     "experimentOptions.accountTargeting must be one of single-account, multi-account, not 'all'"),
    ("CreateExperimentTemplate", {k: v for k, v in TEMPLATE.items() if k != "roleArn"}, "roleArn is missing"),
    ("CreateExperimentTemplate", {**TEMPLATE, "targets": {"t": {}}}, "targets.t.selectionMode is missing"),
    ("ListActions", {"maxResults": 101}, "maxResults must be 100 at most, not 101"),
    ("ListActions", {"maxResults": 0}, "maxResults must be 1 at least, not 0"),
    ("UpdateSafetyLeverState", {"id": "default", "state": {"status": "engaging"}}, "state.status must be one of"),
])  # fmt: skip
def test_each_limit_is_named(operation: str, asked: dict[str, Any], words: str) -> None:
    assert any(words in each for each in found(operation, asked)), found(operation, asked)


def test_patterns_are_not_anchored() -> None:
    action = {"actionId": "aws:ssm:send-command", "parameters": {"documentParameters": '{"DurationSeconds": "60"}'}}
    assert found("CreateExperimentTemplate", {**TEMPLATE, "actions": {"a": action}}) == []


def test_a_pattern_that_python_does_not_know_limits_nothing() -> None:
    target = {"t": {**TARGET, "parameters": {"vpc": "vpc-1"}}}
    assert found("CreateExperimentTemplate", {**TEMPLATE, "targets": target}) == []
