"""The check of a template: each mistake with its place, all of them at once, and never a crash."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fis.action import ChosenBy
from harness.fis.actions import ACTIONS
from harness.fis.on_the_lab import ON_THE_LAB
from harness.fis.template import check_template
from tests.fis.templates import STOP, spoilt, template_of

WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}
TARGET = ("targets", "instances")
ACTION = ("actions", "stop")
SSM = "arn:aws:ssm:us-east-1::document/"


def found(template: Any, *, outside_lab: bool = True, watched: bool = False) -> list[str]:
    return [str(each) for each in check_template(template, outside_lab=outside_lab, watched=watched)]


def of(action: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    return {**copy.deepcopy(STOP), "actions": {"it": action, **more}}


def sending(document: str, **parameters: Any) -> dict[str, Any]:
    return {
        "actionId": "aws:ssm:send-command",
        "parameters": {
            "documentArn": SSM + document,
            "documentParameters": json.dumps(parameters),
            "duration": "PT5M",
        },
        "targets": {"Instances": "instances"},
    }


@pytest.mark.parametrize("outside_lab", [True, False])
def test_a_sound_template_has_no_problems(outside_lab: bool) -> None:
    assert found(STOP, outside_lab=outside_lab) == []


@pytest.mark.parametrize("id", ACTIONS)
def test_every_action_is_admitted_with_all_of_its_parameters(id: str) -> None:
    assert found(template_of(id)) == []


@pytest.mark.parametrize("id", ACTIONS)
def test_every_parameter_that_is_required_is_missed(id: str) -> None:
    template = template_of(id)
    template["actions"]["it"]["parameters"] = {}
    required = [p.name for p in ACTIONS[id].parameters if p.required]
    said = found(template)
    assert [name for name in required if not any(f"{id} needs {name} " in each for each in said)] == []
    assert len(said) == len(required)


@pytest.mark.parametrize("id", ACTIONS)
def test_every_target_key_that_is_needed_is_missed(id: str) -> None:
    template = template_of(id)
    template["actions"]["it"]["targets"] = {}
    assert len(found(template)) == len(ACTIONS[id].targets)


@pytest.mark.parametrize("id", [i for i, a in ACTIONS.items() if a.lengths])
def test_every_duration_is_held_to_its_bounds(id: str) -> None:
    for name in ACTIONS[id].lengths:
        for wrong in ("PT12H1S", "5 minutes"):
            template = template_of(id)
            template["actions"]["it"]["parameters"][name] = wrong
            (said,) = found(template)
            assert said.startswith(f"/actions/it/parameters/{name}: ")


@pytest.mark.parametrize("id", ACTIONS)
def test_what_the_lab_cannot_do_is_refused_by_name_and_the_rest_is_not(id: str) -> None:
    template = template_of(id)
    parameters = template["actions"]["it"]["parameters"]
    if id in ON_THE_LAB:
        real = ON_THE_LAB[id]
        parameters.update({name: only[0] for name, only in real.only.items()})
        if real.documents:
            given = '{"DurationSeconds":"60"}'
            parameters.update({"documentArn": SSM + real.documents[0], "documentParameters": given})
        assert found(template, outside_lab=False) == []
    else:
        assert f"/actions/it/actionId: the lab cannot do {id}" in found(template, outside_lab=False)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (spoilt("description"), "/: description is missing"),
        (spoilt("descripton", value="x"), "/descripton: unknown key 'descripton'; did you mean 'description'?"),
        (spoilt("description", value="x" * 513), "/description: must have 1 to 512 characters"),
        (spoilt("roleArn", value="nobody"), "/roleArn: is no ARN of an IAM role: 'nobody'"),
        (spoilt("tags", value={str(n): "x" for n in range(51)}), "/tags: FIS takes at most 50 tags, not 51"),
        (spoilt("actions", value={}), "/actions: FIS takes 1 to 20 actions, not 0"),
        (spoilt("actions", value=[]), "/actions: must be an object, not a list"),
        (spoilt("stopConditions", value=[]), "/stopConditions: FIS takes 1 to 5 stop conditions"),
        (spoilt("stopConditions", value=[{"source": "none"}]), "/stopConditions: no stop condition: outside the lab"),
        (spoilt("stopConditions", 0, "value", value="x"), "/stopConditions/0: value is no ARN of a CloudWatch alarm"),
        (spoilt("stopConditions", 0, "source", value="non"), "/stopConditions/0: source must be none or aws:cloud"),
        (
            spoilt("experimentOptions", "emptyTargetResolutionMode", value="skip"),
            "/experimentOptions/emptyTargetResolutionMode: must be fail, not 'skip'",
        ),
        (
            spoilt("experimentOptions", "accountTargeting", value="multi-account"),
            "/experimentOptions/accountTargeting: must be single-account",
        ),
        (
            spoilt(*ACTION, "actionId", value="aws:ec2:stop-instance"),
            "/actions/stop/actionId: unknown action 'aws:ec2:stop-instance'; did you mean 'aws:ec2:stop-instances'?",
        ),
        (
            spoilt(*ACTION, "actionId", value="aws:elasticache:interrupt-cluster-az-power"),
            "it is now called aws:elasticache:replicationgroup-interrupt-az-power",
        ),
        (spoilt(*ACTION, "actionId"), "/actions/stop: actionId is missing"),
        (
            spoilt(*ACTION, "parameters", value={"startInstancesAfterDurations": "PT5M"}),
            "/actions/stop/parameters/startInstancesAfterDurations: aws:ec2:stop-instances has no parameter "
            "'startInstancesAfterDurations'; did you mean 'startInstancesAfterDuration'?",
        ),
        (
            spoilt(*ACTION, "parameters", "startInstancesAfterDuration", value="PT30S"),
            "/actions/stop/parameters/startInstancesAfterDuration: must be PT1M to PT12H, not PT30S",
        ),
        (spoilt(*ACTION, "parameters", "startInstancesAfterDuration", value=300), "must be a string"),
        (
            spoilt(*ACTION, "targets", value={"Instance": "instances"}),
            "/actions/stop/targets/Instance: aws:ec2:stop-instances has no target key 'Instance'; "
            "did you mean 'Instances'?",
        ),
        (
            spoilt(*ACTION, "targets", "Instances", value="instance"),
            "/actions/stop/targets/Instances: there is no target 'instance'; did you mean 'instances'?",
        ),
        (
            spoilt(*TARGET, "resourceType", value="aws:ec2:subnet"),
            "/actions/stop/targets/Instances: Instances takes targets of type aws:ec2:instance, not aws:ec2:subnet",
        ),
        (
            spoilt(*TARGET, "resourceType", value="aws:ec2:instances"),
            "/targets/instances/resourceType: unknown resource type 'aws:ec2:instances'; "
            "did you mean 'aws:ec2:instance'?",
        ),
        (spoilt(*TARGET, "resourceTags"), "/targets/instances: chooses nothing; give resourceArns or resourceTags"),
        (spoilt(*TARGET, "resourceArns", value=["arn:aws:x:::y"]), "has resourceArns and resourceTags"),
        (spoilt(*TARGET, "resourceArns", value=["i-1"]), "/targets/instances/resourceArns/0: is no ARN: 'i-1'"),
        (spoilt(*TARGET, "resourceArns", value=["arn:aws:x:::y"] * 6), "FIS takes at most 5 ARNs in a target, not 6"),
        (spoilt(*TARGET, "parameters", value={"vpc": "v"}), "aws:ec2:instance has no parameter 'vpc'"),
        (spoilt(*TARGET, "selectionMode"), "/targets/instances: selectionMode is missing"),
        (spoilt("actions", "wait", "startAfter", value=["stopp"]), "/actions/wait/startAfter/0: there is no action"),
        (spoilt(*ACTION, "startAfter", value=["wait"]), "/actions: startAfter goes round in a circle"),
        (spoilt("actions", "a/b~c", value={}), "/actions/a~1b~0c: actionId is missing"),
    ],
)
def test_each_mistake_is_told_with_its_place(template: dict[str, Any], said: str) -> None:
    assert any(said in each for each in found(template)), found(template)


@pytest.mark.parametrize("mode", ["all", "COUNT(0)", "COUNT(-1)", "PERCENT(0)", "PERCENT(101)", "COUNT(1", "", "SOME"])
def test_a_selection_mode_that_fis_does_not_know_is_refused(mode: str) -> None:
    (said,) = found(spoilt(*TARGET, "selectionMode", value=mode))
    assert said.startswith("/targets/instances/selectionMode: must be ALL, COUNT(n) or PERCENT(1 to 100)")


@pytest.mark.parametrize("mode", ["ALL", "COUNT(1)", "PERCENT(100)", "PERCENT(1)"])
def test_a_selection_mode_that_fis_knows_is_admitted(mode: str) -> None:
    assert found(spoilt(*TARGET, "selectionMode", value=mode)) == []


def test_on_the_lab_and_where_the_drill_watches_no_stop_condition_is_needed() -> None:
    none = spoilt("stopConditions", value=[{"source": "none"}])
    assert found(none, outside_lab=False) == []
    assert found(none, watched=True) == []


def test_more_actions_than_fis_takes_are_refused_as_are_more_at_once() -> None:
    template = {**STOP, "actions": {f"wait-{n}": WAIT for n in range(21)}, "targets": {}}
    assert found(template) == [
        "/actions: FIS takes 1 to 20 actions, not 21",
        "/actions: 21 actions may run at the same time; FIS takes at most 10",
    ]


def test_twenty_actions_of_which_ten_run_at_once_are_admitted() -> None:
    first = {f"a{n}": WAIT for n in range(10)}
    second = {f"b{n}": {**WAIT, "startAfter": [f"a{n}"]} for n in range(10)}
    assert found({**STOP, "actions": {**first, **second}, "targets": {}}) == []


def test_an_action_that_only_waits_for_one_of_many_may_run_beside_the_others() -> None:
    first = {f"a{n}": WAIT for n in range(10)}
    late = {f"b{n}": {**WAIT, "startAfter": ["a0"]} for n in range(2)}
    assert found({**STOP, "actions": {**first, **late}, "targets": {}}) == [
        "/actions: 11 actions may run at the same time; FIS takes at most 10"
    ]


@pytest.mark.parametrize("id", [i for i, a in ACTIONS.items() if a.chosen_by is not ChosenBy.ANY])
def test_an_action_that_takes_arns_only_or_tags_only_says_so(id: str) -> None:
    template = template_of(id)
    target = template["targets"]["target"]
    if target.pop("resourceArns", None):
        target["resourceTags"] = {"drill": "storefront"}
    else:
        target.pop("resourceTags")
        target["resourceArns"] = ["arn:aws:s3:::bucket"]
    (said,) = found(template)
    assert f"takes targets by {ACTIONS[id].chosen_by}" in said


def test_pods_are_chosen_by_parameters_only() -> None:
    template = template_of("aws:eks:pod-delete")
    template["targets"]["target"]["resourceTags"] = {"a": "b"}
    assert found(template) == ["/targets/target/resourceTags: aws:eks:pod is chosen by its parameters only"]


def test_a_prefix_list_is_named_where_its_scope_is_asked_for() -> None:
    template = template_of("aws:network:disrupt-connectivity")
    template["actions"]["it"]["parameters"] = {"scope": "prefix-list", "duration": "PT5M"}
    assert found(template) == ["/actions/it/parameters: scope prefix-list needs prefixListIdentifier"]


def test_the_parameters_of_a_document_of_fis_are_checked_too() -> None:
    said = found(of(sending("AWSFIS-Run-Memory-Stress", Workers="few", Percents="80", DurationSeconds="120")))
    assert said == [
        "/actions/it/parameters/documentParameters: AWSFIS-Run-Memory-Stress needs Percent (percent, 0 to 100 %)",
        "/actions/it/parameters/documentParameters/Workers: must be a whole number, not 'few'",
        "/actions/it/parameters/documentParameters/Percents: AWSFIS-Run-Memory-Stress has no parameter 'Percents'; "
        "did you mean 'Percent'?",
    ]


def test_a_document_that_fis_does_not_bring_is_told_but_one_of_your_own_is_not() -> None:
    assert found(of(sending("AWSFIS-Run-Network-Latancy"))) == [
        "/actions/it/parameters/documentArn: FIS brings no document 'AWSFIS-Run-Network-Latancy'; "
        "did you mean 'AWSFIS-Run-Network-Latency'?"
    ]
    assert found(of(sending("Mine", Anything="goes"))) == []


def test_two_network_documents_cannot_run_beside_each_other_but_may_follow() -> None:
    one = sending("AWSFIS-Run-Network-Latency", DurationSeconds="60")
    assert found(of(one, other=one)) == [
        "/actions/other: runs beside 'it' on the same targets; SSM network documents cannot"
    ]
    assert found(of(one, other={**one, "startAfter": ["it"]})) == []


def test_reports_are_refused_on_the_lab_only_and_logs_are_not() -> None:
    group = {"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:fis:*"}
    log = {"logSchemaVersion": 2, "cloudWatchLogsConfiguration": group, "s3Configuration": {"bucketName": "logs"}}
    assert found(spoilt("logConfiguration", value=log), outside_lab=False) == []
    report = spoilt("experimentReportConfiguration", value={"preExperimentDuration": "PT20M"})
    assert found(report) == []
    assert found(report, outside_lab=False) == ["/experimentReportConfiguration: the lab cannot do it"]


def test_every_problem_is_told_at_once() -> None:
    template = spoilt("roleArn", value="nobody")
    template["actions"]["stop"]["actionId"] = "aws:ec2:stop"
    template["actions"]["wait"]["parameters"]["duration"] = "PT13H"
    template["targets"]["instances"]["selectionMode"] = "SOME"
    template["experimentOptions"]["emptyTargetResolutionMode"] = "skip"
    template["stopConditions"] = [{"source": "none"}]
    places = [each.partition(": ")[0] for each in found(template)]
    assert sorted(places) == [
        "/actions/stop/actionId",
        "/actions/wait/parameters/duration",
        "/experimentOptions/emptyTargetResolutionMode",
        "/roleArn",
        "/stopConditions",
        "/targets/instances/selectionMode",
    ]


# Whatever a template is, the check answers with problems and never with an error.

WORDS = st.sampled_from(
    ["stop", "wait", "instances", "PT5M", "PT1M", "P1D", "ALL", "COUNT(1)", "none", "all", "100", "-1", "true", "", "é"]
) | st.text(max_size=6)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
IDS = st.sampled_from([*ACTIONS, "aws:fis:wat", ""])
DOCUMENTS = st.sampled_from([SSM + "AWSFIS-Run-Network-Latency", SSM + "AWSFIS-Run-Kill-Process", "x"])
NAMES = st.sampled_from(["stop", "wait", "a", "b"])
PARAMETERS = st.dictionaries(
    st.sampled_from(sorted({p.name for a in ACTIONS.values() for p in a.parameters})), WORDS | ANYTHING, max_size=4
)
SENT = st.fixed_dictionaries({"documentArn": DOCUMENTS, "documentParameters": ANYTHING.map(repr) | WORDS})
LIKELY_ACTION = st.fixed_dictionaries(
    {},
    optional={
        "actionId": IDS,
        "parameters": PARAMETERS | SENT | ANYTHING,
        "targets": st.dictionaries(st.sampled_from(["Instances", "Roles", "Pods"]), NAMES, max_size=2) | ANYTHING,
        "startAfter": st.lists(NAMES, max_size=3) | ANYTHING,
        "description": ANYTHING,
    },
)
LIKELY_TARGET = st.fixed_dictionaries(
    {},
    optional={
        "resourceType": st.sampled_from(sorted({t for a in ACTIONS.values() for t in a.targets.values()})) | ANYTHING,
        "resourceArns": st.lists(WORDS, max_size=7) | ANYTHING,
        "resourceTags": ANYTHING,
        "selectionMode": WORDS | ANYTHING,
        "parameters": ANYTHING,
        "filters": ANYTHING,
    },
)
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "description": WORDS | ANYTHING,
        "roleArn": WORDS | ANYTHING,
        "stopConditions": st.lists(st.dictionaries(st.sampled_from(["source", "value"]), WORDS | ANYTHING)) | ANYTHING,
        "actions": st.dictionaries(NAMES, LIKELY_ACTION, max_size=4) | ANYTHING,
        "targets": st.dictionaries(NAMES, LIKELY_TARGET, max_size=4) | ANYTHING,
        "experimentOptions": ANYTHING,
        "tags": ANYTHING,
        "logConfiguration": ANYTHING,
    },
)


@given(template=LIKELY | ANYTHING, outside_lab=st.booleans(), watched=st.booleans())
def test_no_template_makes_the_check_crash(template: Any, outside_lab: bool, watched: bool) -> None:
    problems = check_template(template, outside_lab=outside_lab, watched=watched)
    assert all(each.text and (each.pointer == "" or each.pointer.startswith("/")) for each in problems)


@given(template=ANYTHING)
def test_what_is_no_template_is_never_admitted(template: Any) -> None:
    assert check_template(template, outside_lab=True) != []


def test_a_very_long_chain_and_a_very_deep_document_are_refused_not_a_crash() -> None:
    chain = {f"a{n}": {**WAIT, "startAfter": [f"a{n - 1}"] if n else []} for n in range(3000)}
    assert any("not 3000" in each for each in found({**STOP, "actions": chain, "targets": {}}))
    deep = sending("AWSFIS-Run-CPU-Stress")
    deep["parameters"]["documentParameters"] = '{"a":' * 100_000
    assert any("is no JSON" in each for each in found(of(deep)))
