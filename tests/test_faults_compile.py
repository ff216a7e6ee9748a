"""Faults: what each compiles to, and what holds for all of them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

import harness.faults.kinds
import harness.proofs.kinds
from harness.faults.building import iso_duration
from harness.faults.registry import FAULTS, FaultTemplate
from harness.fis.template import check_template
from harness.plan import problems
from harness.proofs.registry import PROOFS
from harness.stack.descriptor import Stack
from tests.experiments import AWS_STACK, FaultSpec, an_experiment
from tests.test_aws_world import EU, US, stack_of_the_world

STACK = stack_of_the_world()
LASTS = timedelta(minutes=12)
OWN = "FIS experiment"  # a template of the author's own; see tests/test_experiment_files.py
NAMED = sorted(set(FAULTS) - {OWN})
SAMPLES: Mapping[str, Any] = {
    "region": US,
    "other": EU,
    "zone": f"{US}b",
    "percent": 40,
    "milliseconds": 100,
    "port": 28000,
    "host": "db.storefront.test",
    "process": "storefront",
    "labels": "app=storefront",
    "cluster": "storefront",
    "operations": "DescribeInstances,StartInstances",
    "status": 503,
}
INSTANCES = {
    "resourceType": "aws:ec2:instance",
    "resourceTags": {"drill": "storefront"},
    "filters": [{"path": "State.Name", "values": ["running"]}],
}


def options(fault: str, **changed: Any) -> dict[str, Any]:
    """What a drill must say of a fault."""
    return {name: SAMPLES[name] for name in FAULTS[fault].options} | changed


def compiled(fault: str, stack: Stack = STACK, **changed: Any) -> FaultTemplate:
    (template,) = FAULTS[fault].compile(stack, lasts=LASTS, **options(fault, **changed))
    return template


def test_every_fault_is_a_file_of_its_name() -> None:
    modules = {name.replace("noop", "nothing").replace("_", " ") for name in harness.faults.kinds.__all__}
    assert modules == {name.lower() for name in FAULTS}


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_runs_in_the_region_that_it_names_and_says_so(fault: str) -> None:
    here = {"zone": f"{EU}a"} if "zone" in FAULTS[fault].options else {"region": EU, "other": US}
    found = compiled(fault, **{name: value for name, value in here.items() if name in FAULTS[fault].options})
    assert found.region == EU
    assert EU in found.template["description"]


@pytest.mark.parametrize("fault", NAMED)
def test_no_fault_may_hit_nothing_or_another_account(fault: str) -> None:
    assert compiled(fault).template["experimentOptions"] == {
        "accountTargeting": "single-account",
        "emptyTargetResolutionMode": "fail",
    }


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_expires_by_itself(fault: str) -> None:
    given = [p for a in compiled(fault).template["actions"].values() for p in a["parameters"].values()]
    assert "PT12M" in given


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_hits_what_carries_the_tags_of_the_stack_or_is_named_by_its_descriptor(fault: str) -> None:
    for target in compiled(fault).template["targets"].values():
        tags, arns, parameters = (target.get(k) for k in ("resourceTags", "resourceArns", "parameters"))
        assert tags == STACK.tags or arns == [STACK.arn("rds", US, f"db:storefront-{US}")] or parameters


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_compiles_to_a_template_without_problems(fault: str) -> None:
    assert check_template(compiled(fault, AWS_STACK).template, outside_lab=True, watched=True) == []


@pytest.mark.parametrize("fault", NAMED)
def test_on_the_lab_a_fault_is_refused_for_nothing_but_what_the_lab_cannot_do(fault: str) -> None:
    found = check_template(compiled(fault).template, outside_lab=False, watched=True)
    assert [str(problem) for problem in found if "lab" not in str(problem)] == []


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_assumes_the_role_of_the_descriptor(fault: str) -> None:
    assert compiled(fault).template["roleArn"] == "arn:aws:iam::123456789012:role/drill-fis"
    role = "arn:aws:iam::123456789012:role/mine"
    own = Stack.model_validate({**STACK.model_dump(mode="json"), "fis_role": role})
    assert compiled(fault, own).template["roleArn"] == role


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_tells_people_what_it_does(fault: str) -> None:
    assert FAULTS[fault].summary.endswith(".") or ";" in FAULTS[fault].summary


@pytest.mark.parametrize("fault", NAMED)
def test_the_sentences_of_a_fault_name_every_option_that_it_needs(fault: str) -> None:
    assert FAULTS[fault].sentences
    for sentence, fixed in FAULTS[fault].sentences.items():
        assert all(name in fixed or f"{{{name}" in sentence for name in FAULTS[fault].options), sentence


@pytest.mark.parametrize("fault", [f for f in FAULTS if FAULTS[f].proof])
def test_what_proves_a_fault_is_a_proof(fault: str) -> None:
    assert FAULTS[fault].proof in PROOFS


@pytest.mark.parametrize(("seconds", "text"), [(60, "PT1M"), (90, "PT90S"), (3600, "PT60M"), (61.4, "PT61S")])
def test_a_span_is_written_as_fis_reads_it(seconds: float, text: str) -> None:
    assert iso_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("fault", NAMED)
def test_a_fault_without_what_it_needs_is_refused(fault: str) -> None:
    spec = FaultSpec(fault=fault, options={}, lasts=LASTS)
    missing = [f"{fault}: {name} is missing" for name in FAULTS[fault].options]
    assert problems(an_experiment(faults=(spec,)), STACK) == missing


@pytest.mark.parametrize("fault", NAMED)
def test_a_fault_does_not_compile_with_an_option_it_does_not_know(fault: str) -> None:
    with pytest.raises(TypeError, match="colour"):
        compiled(fault, colour="blue")


def only_action(fault: str, **changed: Any) -> dict[str, Any]:
    (action,) = compiled(fault, **changed).template["actions"].values()
    return dict(action)


def test_a_region_is_lost_by_its_subnets_and_its_instances() -> None:
    template = compiled("region loss").template
    assert {a["actionId"]: a["parameters"] for a in template["actions"].values()} == {
        "aws:network:disrupt-connectivity": {"scope": "all", "duration": "PT12M"},
        "aws:ec2:stop-instances": {"startInstancesAfterDuration": "PT12M", "completeIfInstancesTerminated": "true"},
    }


def test_some_instances_are_chosen_by_number_or_by_percentage() -> None:
    assert compiled("instance loss").template["targets"] == {"instances": {**INSTANCES, "selectionMode": "ALL"}}
    some = compiled("instance loss", count=2).template["targets"]["instances"]["selectionMode"]
    share = compiled("instance loss", percent=50).template["targets"]["instances"]["selectionMode"]
    assert (some, share) == ("COUNT(2)", "PERCENT(50)")


def test_the_power_of_a_zone_takes_nothing_of_the_other_zones() -> None:
    targets = compiled("zone power loss").template["targets"]
    assert targets["subnets"]["parameters"] == {"availabilityZoneIdentifier": f"{US}b"}
    zones = [f["values"] for f in targets["instances"]["filters"] if f["path"] == "Placement.AvailabilityZone"]
    assert zones == [[f"{US}b"]]


def test_a_partition_cuts_every_other_region() -> None:
    actions = compiled("region partition").template["actions"].values()
    assert sorted(a["parameters"]["region"] for a in actions) == sorted(set(STACK.regions) - {US})


def test_a_dependency_is_blocked_by_losing_all_that_is_sent_to_its_name() -> None:
    given = json.loads(only_action("dependency blocked")["parameters"]["documentParameters"])
    assert given == {
        "DurationSeconds": "720",
        "Sources": "db.storefront.test",
        "LossPercent": "100",
        "TrafficType": "egress",
    }


def test_what_is_over_at_once_is_watched_for_as_long_as_the_drill_says() -> None:
    actions = compiled("database reboot").template["actions"]
    assert actions["wait"]["startAfter"] == ["reboot-db-instances"]
    assert actions["wait"]["parameters"] == {"duration": "PT12M"}
