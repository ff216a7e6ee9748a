"""Faults: what each compiles to, and what holds for all of them."""

from datetime import timedelta
from typing import Any

import pytest

import harness.faults.kinds
from harness.faults.registry import FAULTS, FaultTemplate, iso_duration
from harness.fis.template import check_template
from harness.plan import problems
from harness.stack.descriptor import Stack
from tests.experiments import AWS_STACK, FaultSpec, an_experiment
from tests.test_aws_world import EU, US, stack_of_the_world

STACK = stack_of_the_world()
LASTS = timedelta(minutes=5)
TAGGED = {"resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}
SUBNETS = {"resourceType": "aws:ec2:subnet", **TAGGED}
INSTANCES = {"resourceType": "aws:ec2:instance", **TAGGED}
CUT = {
    "actionId": "aws:network:disrupt-connectivity",
    "parameters": {"scope": "all", "duration": "PT5M"},
    "targets": {"Subnets": "subnets"},
}
STOP = {
    "actionId": "aws:ec2:stop-instances",
    "parameters": {"startInstancesAfterDuration": "PT5M"},
    "targets": {"Instances": "instances"},
}
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT5M"}}
REBOOT = {
    "actionId": "aws:rds:reboot-db-instances",
    "parameters": {"forceFailover": "false"},
    "targets": {"DBInstances": "databases"},
}
DATABASES = {
    "resourceType": "aws:rds:db",
    "resourceArns": [f"arn:aws:rds:{US}:123456789012:db:storefront-{US}"],
    "selectionMode": "ALL",
}
COMPILED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "region loss": ({"cut-subnets": CUT, "stop-instances": STOP}, {"subnets": SUBNETS, "instances": INSTANCES}),
    "region isolation": ({"cut-subnets": CUT}, {"subnets": SUBNETS}),
    "instance loss": ({"stop-instances": STOP}, {"instances": INSTANCES}),
    "database reboot": (
        {"reboot-database": REBOOT, "wait": {**WAIT, "startAfter": ["reboot-database"]}},
        {"databases": DATABASES},
    ),
    "nothing": ({"wait": WAIT}, {}),
}

OWN = "FIS experiment"  # a template of the author's own; see tests/test_experiment_files.py


def compiled(fault: str, region: str = US, lasts: timedelta = LASTS, stack: Stack = STACK) -> FaultTemplate:
    (template,) = FAULTS[fault].compile(stack, lasts=lasts, region=region)
    return template


def test_every_fault_is_tried_here() -> None:
    assert {*COMPILED, OWN} == set(FAULTS)
    modules = {name.replace("noop", "nothing").replace("_", " ") for name in harness.faults.kinds.__all__}
    assert modules == {name.lower() for name in FAULTS}


@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_compiles_to_its_actions_and_targets(fault: str) -> None:
    template = compiled(fault).template
    assert (template["actions"], template["targets"]) == COMPILED[fault]


@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_runs_in_its_region_and_says_so(fault: str) -> None:
    found = compiled(fault, EU)
    assert found.region == EU
    assert EU in found.template["description"]


@pytest.mark.parametrize("fault", COMPILED)
def test_no_fault_may_hit_nothing_or_another_account(fault: str) -> None:
    assert compiled(fault).template["experimentOptions"] == {
        "accountTargeting": "single-account",
        "emptyTargetResolutionMode": "fail",
    }


@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_expires_by_itself(fault: str) -> None:
    spans = [p for a in compiled(fault).template["actions"].values() for p in a["parameters"].values()]
    assert "PT5M" in spans


@pytest.mark.parametrize("fault", COMPILED)
def test_each_action_names_targets_that_exist_and_stays_within_the_limits_of_fis(fault: str) -> None:
    template = compiled(fault).template
    named = {t for a in template["actions"].values() for t in a.get("targets", {}).values()}
    assert named == set(template["targets"])
    assert len(template["actions"]) <= 10
    assert all(len(t.get("resourceArns", ())) <= 5 for t in template["targets"].values())


@pytest.mark.parametrize("stack", [STACK, AWS_STACK], ids=["lab", "aws"])
@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_compiles_to_a_template_without_problems(fault: str, stack: Stack) -> None:
    template = compiled(fault, stack=stack).template
    assert check_template(template, outside_lab=stack.environment == "aws", watched=True) == []


@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_assumes_the_role_of_the_descriptor(fault: str) -> None:
    assert compiled(fault).template["roleArn"] == "arn:aws:iam::123456789012:role/drill-fis"
    role = "arn:aws:iam::123456789012:role/mine"
    own = Stack.model_validate({**STACK.model_dump(mode="json"), "fis_role": role})
    assert compiled(fault, stack=own).template["roleArn"] == role


@pytest.mark.parametrize("fault", COMPILED)
def test_each_fault_tells_people_what_it_does(fault: str) -> None:
    assert FAULTS[fault].summary.endswith(".") or ";" in FAULTS[fault].summary


@pytest.mark.parametrize(("seconds", "text"), [(60, "PT1M"), (90, "PT90S"), (3600, "PT60M"), (61.4, "PT61S")])
def test_a_span_is_written_as_fis_reads_it(seconds: float, text: str) -> None:
    assert iso_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("fault", COMPILED)
def test_a_fault_without_its_region_is_refused(fault: str) -> None:
    spec = FaultSpec(fault=fault, options={}, lasts=LASTS)
    assert problems(an_experiment(faults=(spec,)), STACK) == [f"{fault}: region is missing"]


@pytest.mark.parametrize("fault", COMPILED)
def test_a_fault_does_not_compile_with_an_option_it_does_not_know(fault: str) -> None:
    with pytest.raises(TypeError, match="colour"):
        FAULTS[fault].compile(STACK, lasts=LASTS, region=US, colour="blue")
