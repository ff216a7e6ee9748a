"""Templates of an author's own: read, filled in, checked with their lines, and held to the blast radius."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.faults.experiment_file import lasts, parse, problems_of, read
from harness.model.experiment import BlastRadius, FaultSpec, StopCondition
from harness.plan import compile_faults, problems
from tests.experiments import AWS_STACK, STACK, an_experiment

US, EU, _ = STACK.regions
PATH = "scenarios/experiments/stop-instances.json"
EXAMPLE = Path(PATH).read_text()
TAGS = {"drill": "storefront"}


def example(**changes: Any) -> str:
    return json.dumps({**json.loads(EXAMPLE), **changes}, indent=2)


def own(text: str = EXAMPLE, region: str = US) -> FaultSpec:
    options = {"experiment": "mine.json", "region": region}
    return FaultSpec(fault="FIS experiment", options=options, lasts=lasts(text, "mine.json"), template=text)


def refused(text: str, **changes: Any) -> list[str]:
    return problems(an_experiment(faults=(own(text),), **changes), STACK)


def test_the_example_is_admitted_and_compiles_to_the_tags_and_the_role_of_the_stack() -> None:
    assert refused(EXAMPLE) == []
    (compiled,) = compile_faults(an_experiment(faults=(own(),)), STACK)
    assert compiled.region == US
    assert compiled.template["roleArn"] == STACK.role_arn
    assert compiled.template["targets"]["instances"]["resourceTags"] == TAGS
    assert own().lasts == timedelta(minutes=3)


@pytest.mark.parametrize("path", sorted(Path("scenarios/experiments").glob("*.json")), ids=lambda p: p.stem)
def test_every_experiment_of_this_project_is_sound_in_every_region_of_the_lab(path: Path) -> None:
    for region in STACK.regions:
        assert problems_of(path.read_text(), str(path), STACK, region, watched=True) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<account>", "123456789012"),
        ("<YOUR AWS ACCOUNT>", "123456789012"),
        ("<ACCOUNT_ID>", "123456789012"),
        ("<region>", US),
        ("<YOUR REGION>", US),
        ("<YOUR TARGET AZ>", STACK.regions[US].zones[0]),
        ("arn:aws:iam::<YOUR AWS ACCOUNT>:role/<YOUR ROLE NAME>", STACK.role_arn),
        ("arn:aws:iam::<ACCOUNT_ID>:role/<IAM_ROLE>", STACK.role_arn),
        ("<role-arn>", STACK.role_arn),
        ("<database arn>", f"arn:aws:rds:{US}:123456789012:db:storefront-{US}"),
        ("<database>", f"storefront-{US}"),
        ("<auto scaling group>", f"storefront-{US}"),
        ("<table arn>", f"arn:aws:dynamodb:{US}:123456789012:table/users-global"),
        ("<bucket>", f"storefront-assets-{US}-123456789012"),
        ("<function arn>", f"arn:aws:lambda:{US}:123456789012:function:storefront-receipt"),
        ("no < placeholder > at all, 3 <4 and 5> 4", "no < placeholder > at all, 3 <4 and 5> 4"),
    ],
)
def test_a_placeholder_stands_for_what_the_stack_says(written: str, meant: str) -> None:
    assert read(json.dumps({"description": written}), "x.json", STACK, US)["description"] == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<acount>", "unknown placeholder <acount>; did you mean 'account'?"),
        ("<YOUR SUBNET ID>", "unknown placeholder <YOUR SUBNET ID>; known are <account>"),
        ("all of <tags>", '<tags> is a whole value: write "resourceTags": "<tags>"'),
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_told_with_its_line(written: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f'{{\n  "description": "{written}"\n}}', "x.json", STACK, US)
    assert caught.value.problems[0].startswith(f"x.json:2: /description: {said}")


def test_what_else_is_wrong_is_told_beside_a_placeholder_that_stands_for_nothing() -> None:
    said = refused(EXAMPLE.replace("<role arn>", "<rolle arn>").replace("PT3M", "PT3S"))
    assert [each.split(" ")[:2] for each in said] == [
        ["mine.json:3:", "/roleArn:"],
        ["mine.json:16:", "/actions/stop/parameters/startInstancesAfterDuration:"],
    ]


def test_a_placeholder_for_what_the_region_lacks_is_told() -> None:
    content = STACK.model_dump(mode="json")
    content["database"] = None
    bare = type(STACK).model_validate(content)
    with pytest.raises(ConfigError, match="<database arn>: the stack has none in this region"):
        read('{"description": "<database arn>"}', "x.json", bare, US)


def test_the_token_of_a_call_is_left_to_the_harness() -> None:
    assert "clientToken" not in read(example(clientToken="mine"), "x.json", STACK, US)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n"a": 1,\n}', "x.json:3: not JSON"),
        ("[]", "x.json:1: an experiment template is a JSON object"),
        ('{"actions": {"a": {}, "a": {}}}', "the key 'a' is there twice"),
        ("[" * 100_000, "x.json: not JSON that can be read"),
    ],
)
def test_what_is_no_template_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x.json")
    assert said in caught.value.problems[0]


@pytest.mark.parametrize("depth", [400, 900, 3000, 100_000])
def test_a_file_that_is_nested_deeply_is_refused_not_a_crash(depth: int) -> None:
    text = '{"logConfiguration":' + '{"a":' * depth + "1" + "}" * (depth + 1)
    assert problems_of(text, "x.json", STACK, US, watched=True) != []


PIECES = st.sampled_from([*'{}[],:"<>', "account", "tags", "actions", "null", "1e999", "\\ud800", "\n", " "]) | st.text(
    max_size=3
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20))
def test_no_text_makes_the_reading_of_a_file_crash(text: str) -> None:
    assert problems_of(text, "x.json", STACK, US, watched=True) != []


@given(
    at=st.integers(0, len(EXAMPLE) - 1),
    put=st.sampled_from([*'{}[],:"<x', "", "<tags>", "null"]),
    cut=st.integers(0, 9),
)
def test_a_spoilt_file_is_admitted_or_refused_with_its_name_but_never_crashes(at: int, put: str, cut: int) -> None:
    said = problems_of(EXAMPLE[:at] + put + EXAMPLE[at + cut :], "x.json", STACK, US, watched=True)
    assert all(each.startswith("x.json:") for each in said)


def test_every_problem_of_a_file_comes_at_once_and_in_the_order_of_its_lines() -> None:
    text = EXAMPLE.replace("PT3M", "PT3S").replace('"ALL"', '"SOME"').replace("aws:ec2:instance", "aws:ec2:instanc")
    said = refused(text)
    assert [each.split(" ")[0] for each in said] == ["mine.json:7:", "mine.json:10:", "mine.json:16:", "mine.json:17:"]
    assert "/actions/stop/parameters/startInstancesAfterDuration: must be PT1M to PT12H, not PT3S" in said[2]


def test_an_experiment_that_ends_at_once_is_refused_for_nobody_could_watch() -> None:
    reboot = {"actionId": "aws:ec2:reboot-instances", "targets": {"Instances": "instances"}}
    (said,) = refused(example(actions={"reboot": reboot}))
    assert "/actions: lasts 0 s in all; add an aws:fis:wait" in said
    wait = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}, "startAfter": ["reboot"]}
    assert refused(example(actions={"reboot": reboot, "wait": wait})) == []


def test_instances_that_nobody_would_start_again_are_not_stopped() -> None:
    text = EXAMPLE.replace('"parameters": {"startInstancesAfterDuration": "PT3M"},', "")
    said = refused(text.replace('"ALL"', '"SOME"'))
    assert [each.split(" ")[1] for each in said] == ["/targets/instances/selectionMode:", "/actions:", "/actions/stop:"]
    assert "nobody would start the instances again" in said[2]
    assert own(text).lasts == timedelta(minutes=1)


def test_what_the_lab_cannot_do_is_refused_there_and_admitted_on_aws() -> None:
    text = EXAMPLE.replace("aws:ec2:stop-instances", "aws:ssm:send-command").replace(
        '"startInstancesAfterDuration": "PT3M"', '"duration": "PT3M", "documentArn": "arn:aws:ssm:x::document/Mine"'
    )
    (said,) = refused(text)
    assert "the lab has no document 'Mine'" in said
    stop = StopCondition(alarm="errors", region=EU)
    assert problems(an_experiment(faults=(own(text),), stop_conditions=(stop,)), AWS_STACK) == []


def test_tags_that_are_not_those_of_the_stack_are_outside_the_blast_radius() -> None:
    said = refused(EXAMPLE.replace('"<tags>"', '{"env": "prod"}'))
    assert said == [
        "mine.json:8: /targets/instances/resourceTags: may choose what is no part of storefront; "
        "add its tags (drill: storefront) or <tags>"
    ]
    assert refused(EXAMPLE.replace('"<tags>"', '{"env": "prod", "drill": "storefront"}')) == []


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (f"arn:aws:ec2:{EU}:123456789012:instance/i-1", "lies outside the blast radius"),
        (f"arn:aws:ec2:{US}:999999999999:instance/i-1", "is not in the account of the stack"),
    ],
)
def test_an_arn_elsewhere_is_outside_the_blast_radius(arn: str, said: str) -> None:
    target = {"resourceType": "aws:ec2:instance", "resourceArns": [arn], "selectionMode": "ALL"}
    (problem,) = refused(example(targets={"instances": target}))
    assert said in problem


def test_a_region_outside_the_blast_radius_is_refused() -> None:
    radius = BlastRadius(regions=(EU,))
    assert refused(EXAMPLE, blast_radius=radius) == [
        f"FIS experiment in {US} lies outside the blast radius ({EU})",
    ]


def test_an_experiment_without_its_region_is_refused() -> None:
    spec = FaultSpec(
        fault="FIS experiment", options={"experiment": "mine.json"}, lasts=timedelta(minutes=3), template=EXAMPLE
    )
    assert problems(an_experiment(faults=(spec,)), STACK) == ["FIS experiment: region is missing"]


def test_the_alarms_of_the_drill_stand_beside_those_of_the_file() -> None:
    mine = {"source": "aws:cloudwatch:alarm", "value": f"arn:aws:cloudwatch:{US}:123456789012:alarm:mine"}
    drill = StopCondition(alarm="errors", region=US)
    text = example(stopConditions=[mine])
    (compiled,) = compile_faults(an_experiment(faults=(own(text),), stop_conditions=(drill,)), STACK)
    assert [each["value"].rpartition(":")[2] for each in compiled.template["stopConditions"]] == ["mine", "errors"]
