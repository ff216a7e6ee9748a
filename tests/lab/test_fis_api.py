"""Every operation of the FIS API on a lab, by plain boto3: what it answers, what it refuses, and with which code."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from control_lab import ROLE, US, ControlLab, control_lab, until

from harness.lab.control.operations import HONOURED

pytestmark = pytest.mark.lab

EU = "eu-west-1"
ACCOUNT, OTHER = "123456789012", "210987654321"
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT12H"}}
SUBNETS = {"resourceType": "aws:ec2:subnet", "resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}
CUT = {
    "actionId": "aws:network:disrupt-connectivity",
    "parameters": {"scope": "all", "duration": "PT12H"},
    "targets": {"Subnets": "subnets"},
}


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US, EU], instances_per_region=2) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_runs_on(lab: ControlLab) -> Iterator[None]:
    yield
    for region in (US, EU):
        fis = lab.client("fis", region)
        if fis.get_safety_lever(id="default")["safetyLever"]["state"]["status"] != "disengaged":
            fis.update_safety_lever_state(id="default", state={"status": "disengaged", "reason": "after a test"})
        running = [e["id"] for e in fis.list_experiments()["experiments"] if not over(e)]
        for id in running:
            fis.stop_experiment(id=id)
        for id in running:
            until(lambda id=id, region=region: over(lab.experiment(id, region)), f"{id} is over")


def over(experiment: dict[str, Any]) -> bool:
    return experiment["state"]["status"] in ("completed", "stopped", "failed", "cancelled")


def asked(**changes: Any) -> dict[str, Any]:
    sound = {
        "description": "a wait",
        "roleArn": ROLE,
        "stopConditions": [{"source": "none"}],
        "actions": {"wait": WAIT},
    }
    return {**sound, **changes}


def made(lab: ControlLab, region: str = US, **changes: Any) -> dict[str, Any]:
    created: dict[str, Any] = lab.client("fis", region).create_experiment_template(**asked(**changes))
    return created["experimentTemplate"]  # type: ignore[no-any-return]


def started(lab: ControlLab, template: dict[str, Any], region: str = US, **more: Any) -> dict[str, Any]:
    begun: dict[str, Any] = lab.client("fis", region).start_experiment(experimentTemplateId=template["id"], **more)
    return begun["experiment"]  # type: ignore[no-any-return]


def ended(lab: ControlLab, id: str, region: str = US) -> dict[str, Any]:
    until(lambda: over(lab.experiment(id, region)), f"{id} is over")
    return lab.experiment(id, region)


def runs(lab: ControlLab, id: str, region: str = US) -> None:
    until(lambda: lab.experiment(id, region)["state"]["status"] == "running", f"{id} runs")


def code(call: Any, **arguments: Any) -> str:
    """The code of the error that a call is refused with."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    return str(refused.value.response["Error"]["Code"])


def lever(lab: ControlLab, region: str = US) -> dict[str, Any]:
    return lab.client("fis", region).get_safety_lever(id="default")["safetyLever"]  # type: ignore[no-any-return]


def pull(lab: ControlLab, status: str, reason: str = "a test") -> dict[str, Any]:
    state = {"status": status, "reason": reason}
    found: dict[str, Any] = lab.client("fis").update_safety_lever_state(id="default", state=state)
    return found["safetyLever"]  # type: ignore[no-any-return]


def reached(lab: ControlLab) -> bool:
    """Whether the lab's first region answers a client."""
    import requests

    try:
        return requests.get(lab.stack["regions"][US]["url"] + "/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_the_lab_honours_every_operation_of_fis() -> None:
    assert set(boto3.client("fis", US).meta.service_model.operation_names) == HONOURED["fis"]


# Templates


def test_a_template_reads_back_as_it_was_made(lab: ControlLab) -> None:
    template = made(lab, targets={"subnets": SUBNETS}, actions={"cut": CUT}, tags={"team": "a"})
    found = lab.client("fis").get_experiment_template(id=template["id"])["experimentTemplate"]
    assert found == template
    assert found["arn"] == f"arn:aws:fis:{US}:{ACCOUNT}:experiment-template/{found['id']}"
    assert (found["targets"], found["actions"], found["tags"]) == ({"subnets": SUBNETS}, {"cut": CUT}, {"team": "a"})
    assert found["experimentOptions"] == {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"}
    assert (found["targetAccountConfigurationsCount"], "logConfiguration" in found) == (0, False)


def test_templates_belong_to_their_region(lab: ControlLab) -> None:
    template, fis = made(lab), lab.client("fis", EU)
    assert code(fis.get_experiment_template, id=template["id"]) == "ResourceNotFoundException"
    assert code(fis.start_experiment, experimentTemplateId=template["id"]) == "ResourceNotFoundException"
    assert code(fis.list_tags_for_resource, resourceArn=template["arn"]) == "ResourceNotFoundException"
    pages = fis.get_paginator("list_experiment_templates").paginate()
    listed = [t["id"] for page in pages for t in page["experimentTemplates"]]
    assert template["id"] not in listed
    experiment = started(lab, template)
    assert code(fis.get_experiment, id=experiment["id"]) == "ResourceNotFoundException"
    assert code(fis.stop_experiment, id=experiment["id"]) == "ResourceNotFoundException"


def test_lists_come_in_pages(lab: ControlLab) -> None:
    fis, ids = lab.client("fis"), {made(lab)["id"] for _ in range(3)}
    pages = list(fis.get_paginator("list_experiment_templates").paginate(PaginationConfig={"PageSize": 2}))
    listed = [template["id"] for page in pages for template in page["experimentTemplates"]]
    assert len(pages) >= 2
    assert max(len(page["experimentTemplates"]) for page in pages) == 2
    assert len(listed) == len(set(listed))
    assert ids <= set(listed)
    assert code(fis.list_experiment_templates, maxResults=101) == "ValidationException"
    assert code(fis.list_experiment_templates, nextToken="nonsense") == "ValidationException"


def test_a_token_makes_one_thing_and_never_another(lab: ControlLab) -> None:
    fis = lab.client("fis")
    one, same = made(lab, clientToken="twice"), made(lab, clientToken="twice")
    assert one["id"] == same["id"]
    assert code(fis.create_experiment_template, **asked(clientToken="twice", description="x")) == "ConflictException"
    elsewhere = lab.client("fis", EU).create_experiment_template(**asked(clientToken="twice", description="x"))
    assert elsewhere["experimentTemplate"]["id"] != one["id"]
    first, again = started(lab, one, clientToken="twice"), started(lab, one, clientToken="twice")
    assert first["id"] == again["id"]
    other = {"experimentTemplateId": made(lab)["id"], "clientToken": "twice"}
    assert code(fis.start_experiment, **other) == "ConflictException"


@pytest.mark.parametrize("changes", [
    {"description": "d" * 513},
    {"actions": {}},
    {"stopConditions": []},
    {"actions": {"wait": {**WAIT, "parameters": {"duration": "PT1S"}}}},
    {"tags": {"aws:reserved": "x"}},
    {"tags": dict.fromkeys(map(str, range(51)), "x")},
    {"logConfiguration": {"logSchemaVersion": 1}},
    {"experimentOptions": {"accountTargeting": "every-account"}},
])  # fmt: skip
def test_a_wrong_template_is_a_validation_exception(lab: ControlLab, changes: dict[str, Any]) -> None:
    assert code(lab.client("fis").create_experiment_template, **asked(**changes)) == "ValidationException"


def test_reports_are_refused_by_name(lab: ControlLab) -> None:
    with pytest.raises(ClientError, match="experimentReportConfiguration") as refused:
        made(lab, experimentReportConfiguration={"preExperimentDuration": "PT20M"})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_an_update_changes_what_it_names_and_leaves_the_rest(lab: ControlLab) -> None:
    fis = lab.client("fis")
    template = made(lab, experimentOptions={"accountTargeting": "multi-account"}, tags={"team": "a"})
    options = {"emptyTargetResolutionMode": "skip"}
    fis.update_experiment_template(id=template["id"], description="other", experimentOptions=options)
    found = fis.get_experiment_template(id=template["id"])["experimentTemplate"]
    assert (found["description"], found["actions"], found["tags"]) == ("other", {"wait": WAIT}, {"team": "a"})
    assert found["experimentOptions"] == {"accountTargeting": "multi-account", "emptyTargetResolutionMode": "skip"}
    assert found["lastUpdateTime"] > found["creationTime"]


def test_an_update_that_is_wrong_changes_nothing(lab: ControlLab) -> None:
    fis, template = lab.client("fis"), made(lab)
    wrong = {"description": "other", "actions": {"cut": CUT}}
    assert code(fis.update_experiment_template, id=template["id"], **wrong) == "ValidationException"
    assert fis.get_experiment_template(id=template["id"])["experimentTemplate"] == template
    assert code(fis.update_experiment_template, id="EXTnone", description="x") == "ResourceNotFoundException"


def test_a_run_outlives_the_changes_and_the_end_of_its_template(lab: ControlLab) -> None:
    fis, template = lab.client("fis"), made(lab)
    experiment = started(lab, template)
    fis.update_experiment_template(id=template["id"], actions={"other": WAIT})
    fis.delete_experiment_template(id=template["id"])
    assert code(fis.get_experiment_template, id=template["id"]) == "ResourceNotFoundException"
    assert code(fis.delete_experiment_template, id=template["id"]) == "ResourceNotFoundException"
    runs(lab, experiment["id"])
    assert set(lab.experiment(experiment["id"])["actions"]) == {"wait"}
    fis.stop_experiment(id=experiment["id"])
    assert ended(lab, experiment["id"])["state"]["status"] == "stopped"


# Experiments


def test_an_experiment_tells_its_course(lab: ControlLab) -> None:
    template = made(lab, actions={"wait": {**WAIT, "description": "be patient"}})
    experiment = started(lab, template, tags={"drill-run": "1"})
    assert experiment["arn"] == f"arn:aws:fis:{US}:{ACCOUNT}:experiment/{experiment['id']}"
    runs(lab, experiment["id"])
    found = lab.experiment(experiment["id"])
    assert found["actions"]["wait"]["state"]["status"] in ("pending", "running")
    assert found["actions"]["wait"]["description"] == "be patient"
    assert found["creationTime"] <= found["startTime"]
    assert ("endTime" in found, found["tags"]) == (False, {"drill-run": "1"})
    assert found["experimentOptions"]["actionsMode"] == "run-all"
    listed = lab.client("fis").list_experiments(experimentTemplateId=template["id"])["experiments"]
    assert [(e["id"], e["tags"]) for e in listed] == [(experiment["id"], {"drill-run": "1"})]
    stopping = lab.client("fis").stop_experiment(id=experiment["id"])["experiment"]
    assert stopping["state"]["status"] in ("stopping", "stopped")
    last = ended(lab, experiment["id"])
    assert (last["state"]["status"], "error" in last["state"]) == ("stopped", False)
    assert last["endTime"] >= last["startTime"]
    again = lab.client("fis").stop_experiment(id=experiment["id"])["experiment"]
    assert again["state"] == last["state"]


def test_an_experiment_that_fails_says_where_and_with_which_code(lab: ControlLab) -> None:
    nothing = {**SUBNETS, "resourceTags": {"drill": "nothing"}}
    experiment = started(lab, made(lab, targets={"subnets": nothing}, actions={"cut": CUT}))
    state = ended(lab, experiment["id"])["state"]
    assert state["status"] == "failed"
    assert state["error"] == {"accountId": ACCOUNT, "code": "InvalidTarget", "location": "targets.subnets"}
    assert "Target resolution returned empty set" in state["reason"]


def test_only_five_experiments_are_active_in_a_region(lab: ControlLab) -> None:
    template = made(lab)
    for _ in range(5):
        started(lab, template)
    start = lab.client("fis").start_experiment
    assert code(start, experimentTemplateId=template["id"]) == "ServiceQuotaExceededException"
    runs(lab, started(lab, made(lab, EU), EU)["id"], EU)


def test_unknown_experiments_are_not_found(lab: ControlLab) -> None:
    fis = lab.client("fis")
    for call in (fis.get_experiment, fis.stop_experiment):
        assert code(call, id="EXPnone") == "ResourceNotFoundException"
    assert code(fis.list_experiment_resolved_targets, experimentId="EXPnone") == "ResourceNotFoundException"


def test_a_preview_resolves_targets_and_touches_nothing(lab: ControlLab) -> None:
    template = made(lab, targets={"subnets": SUBNETS}, actions={"cut": CUT})
    before = len(lab.truth("cut"))
    experiment = started(lab, template, experimentOptions={"actionsMode": "skip-all"})
    found = ended(lab, experiment["id"])
    assert found["state"]["status"] == "completed"
    assert found["actions"]["cut"]["state"]["status"] == "skipped"
    targets = lab.client("fis").list_experiment_resolved_targets(experimentId=experiment["id"])["resolvedTargets"]
    subnets = lab.client("ec2").describe_subnets(Filters=[{"Name": "tag:drill", "Values": ["storefront"]}])["Subnets"]
    assert {t["targetInformation"]["resourceArn"] for t in targets} == {s["SubnetArn"] for s in subnets}
    assert {(t["targetName"], t["resourceType"]) for t in targets} == {("subnets", "aws:ec2:subnet")}
    named = {"experimentId": experiment["id"], "targetName": "subnets"}
    assert lab.client("fis").list_experiment_resolved_targets(**named)["resolvedTargets"] == targets
    other = {**named, "targetName": "others"}
    assert lab.client("fis").list_experiment_resolved_targets(**other)["resolvedTargets"] == []
    assert (len(lab.truth("cut")), reached(lab)) == (before, True)


def test_a_zone_may_be_named_by_its_id(lab: ControlLab) -> None:
    zones = lab.client("ec2").describe_availability_zones()["AvailabilityZones"]
    zone = next(z for z in zones if z["ZoneName"] == f"{US}b")
    for identifier in (zone["ZoneName"], zone["ZoneId"]):
        narrow = {**SUBNETS, "parameters": {"availabilityZoneIdentifier": identifier}}
        template = made(lab, targets={"subnets": narrow}, actions={"cut": CUT})
        experiment = started(lab, template, experimentOptions={"actionsMode": "skip-all"})
        ended(lab, experiment["id"])
        fis = lab.client("fis")
        [target] = fis.list_experiment_resolved_targets(experimentId=experiment["id"])["resolvedTargets"]
        id = target["targetInformation"]["resourceArn"].rpartition("/")[2]
        [subnet] = lab.client("ec2").describe_subnets(SubnetIds=[id])["Subnets"]
        assert subnet["AvailabilityZone"] == f"{US}b"


# The safety lever


def test_the_lever_stops_what_runs_refuses_what_starts_and_lets_it_start_again(lab: ControlLab) -> None:
    assert lever(lab)["state"]["status"] == "disengaged"
    template = made(lab, targets={"subnets": SUBNETS}, actions={"cut": CUT})
    experiment = started(lab, template)
    until(lambda: not reached(lab), "the region is cut off")
    elsewhere = started(lab, made(lab, EU), EU)
    runs(lab, elsewhere["id"], EU)

    engaged = pull(lab, "engaged", "customers complain")
    assert engaged["arn"] == f"arn:aws:fis:{US}:{ACCOUNT}:safety-lever/default"
    assert engaged["state"]["status"] in ("engaging", "engaged")
    stopped = ended(lab, experiment["id"])["state"]
    assert stopped["status"] == "stopped"
    assert "safety lever" in stopped["reason"]
    until(lambda: reached(lab), "the region is back")
    assert lever(lab)["state"] == {"status": "engaged", "reason": "customers complain"}

    refused = ended(lab, started(lab, template)["id"])
    assert (refused["state"]["status"], refused["actions"]["cut"]["state"]["status"]) == ("cancelled", "cancelled")
    assert reached(lab)
    assert (lever(lab, EU)["state"]["status"], lab.experiment(elsewhere["id"], EU)["state"]["status"]) == (
        "disengaged",
        "running",
    )

    assert pull(lab, "disengaged")["state"]["status"] == "disengaged"
    again = started(lab, template)
    until(lambda: not reached(lab), "the region is cut off again")
    lab.client("fis").stop_experiment(id=again["id"])
    ended(lab, again["id"])
    until(lambda: reached(lab), "the region is back again")


def test_the_lever_is_not_pulled_to_where_it_is(lab: ControlLab) -> None:
    fis = lab.client("fis")
    state = {"status": "disengaged", "reason": "again"}
    assert code(fis.update_safety_lever_state, id="default", state=state) == "ConflictException"
    assert code(fis.get_safety_lever, id="other") == "ResourceNotFoundException"
    assert code(fis.update_safety_lever_state, id="other", state=state) == "ResourceNotFoundException"


# Target accounts


def account(lab: ControlLab, template: str, id: str = OTHER, **more: Any) -> dict[str, Any]:
    asked = {"experimentTemplateId": template, "accountId": id, "roleArn": f"arn:aws:iam::{id}:role/fis", **more}
    found: dict[str, Any] = lab.client("fis").create_target_account_configuration(**asked)
    return found["targetAccountConfiguration"]  # type: ignore[no-any-return]


def test_target_accounts_are_kept_changed_listed_and_deleted(lab: ControlLab) -> None:
    fis, id = lab.client("fis"), made(lab, experimentOptions={"accountTargeting": "multi-account"})["id"]
    made_one = account(lab, id, description="theirs", clientToken="one")
    assert made_one == {"accountId": OTHER, "roleArn": f"arn:aws:iam::{OTHER}:role/fis", "description": "theirs"}
    assert account(lab, id, description="theirs", clientToken="one") == made_one
    account(lab, id, ACCOUNT)
    which = {"experimentTemplateId": id, "accountId": OTHER}
    fis.update_target_account_configuration(**which, description="ours")
    found = fis.get_target_account_configuration(**which)["targetAccountConfiguration"]
    assert (found["description"], found["roleArn"]) == ("ours", made_one["roleArn"])
    changed = fis.update_target_account_configuration(**which, description="")["targetAccountConfiguration"]
    assert changed == {**made_one, "description": ""}
    pages = [fis.list_target_account_configurations(experimentTemplateId=id, maxResults=1)]
    pages.append(
        fis.list_target_account_configurations(experimentTemplateId=id, maxResults=1, nextToken=pages[0]["nextToken"])
    )
    assert [a["accountId"] for p in pages for a in p["targetAccountConfigurations"]] == [OTHER, ACCOUNT]
    assert fis.get_experiment_template(id=id)["experimentTemplate"]["targetAccountConfigurationsCount"] == 2
    fis.delete_target_account_configuration(**which)
    assert code(fis.get_target_account_configuration, **which) == "ResourceNotFoundException"
    assert code(fis.delete_target_account_configuration, **which) == "ResourceNotFoundException"
    assert code(fis.update_target_account_configuration, **which, description="x") == "ResourceNotFoundException"


def test_target_accounts_are_checked(lab: ControlLab) -> None:
    fis = lab.client("fis")
    id = made(lab, experimentOptions={"accountTargeting": "multi-account"})["id"]
    which = {"experimentTemplateId": id, "accountId": OTHER}
    create, role = fis.create_target_account_configuration, f"arn:aws:iam::{OTHER}:role/fis"
    assert code(create, **which, roleArn=f"arn:aws:iam::{ACCOUNT}:role/fis") == "ValidationException"
    account(lab, id)
    assert code(create, **which, roleArn=role) == "ConflictException"
    single = {"experimentTemplateId": made(lab)["id"], "accountId": OTHER, "roleArn": role}
    assert code(create, **single) == "ValidationException"
    assert code(create, **{**single, "experimentTemplateId": "EXTnone"}) == "ResourceNotFoundException"


def test_an_experiment_for_another_account_fails_and_says_which(lab: ControlLab) -> None:
    fis, template = lab.client("fis"), made(lab, experimentOptions={"accountTargeting": "multi-account"})
    account(lab, template["id"])
    experiment = started(lab, template)
    fis.delete_target_account_configuration(experimentTemplateId=template["id"], accountId=OTHER)
    found = ended(lab, experiment["id"])
    assert found["state"]["status"] == "failed"
    assert (found["state"]["error"]["accountId"], found["state"]["error"]["code"]) == (OTHER, "ConfigurationFailure")
    assert OTHER in found["state"]["reason"]
    assert found["targetAccountConfigurationsCount"] == 1
    which = {"experimentId": experiment["id"]}
    [listed] = fis.list_experiment_target_account_configurations(**which)["targetAccountConfigurations"]
    got = fis.get_experiment_target_account_configuration(**which, accountId=OTHER)["targetAccountConfiguration"]
    assert listed == got
    assert code(fis.get_experiment_target_account_configuration, **which, accountId=ACCOUNT) == (
        "ResourceNotFoundException"
    )


# The catalogue


def test_actions_tell_their_targets_and_parameters(lab: ControlLab) -> None:
    fis = lab.client("fis")
    listed = {a["id"]: a for page in fis.get_paginator("list_actions").paginate() for a in page["actions"]}
    assert {"aws:fis:wait", "aws:ec2:stop-instances", "aws:network:disrupt-connectivity"} <= set(listed)
    assert listed["aws:network:disrupt-connectivity"]["targets"] == {"Subnets": {"resourceType": "aws:ec2:subnet"}}
    action = fis.get_action(id="aws:network:disrupt-connectivity")["action"]
    needed = {name: parameter["required"] for name, parameter in action["parameters"].items()}
    assert needed == {"scope": True, "duration": True, "prefixListIdentifier": False}
    assert code(fis.get_action, id="aws:none:such") == "ResourceNotFoundException"


def test_target_types_tell_the_parameters_that_narrow_them(lab: ControlLab) -> None:
    fis = lab.client("fis")
    pages = fis.get_paginator("list_target_resource_types").paginate()
    types = {t["resourceType"] for page in pages for t in page["targetResourceTypes"]}
    assert {"aws:ec2:instance", "aws:ec2:subnet", "aws:rds:db"} <= types
    found = fis.get_target_resource_type(resourceType="aws:ec2:subnet")["targetResourceType"]
    assert set(found["parameters"]) == {"availabilityZoneIdentifier", "vpc"}
    assert code(fis.get_target_resource_type, resourceType="aws:none:such") == "ResourceNotFoundException"


# Tags


def test_tags_are_added_and_taken_away_up_to_their_limit(lab: ControlLab) -> None:
    fis, template = lab.client("fis"), made(lab, tags={"team": "a"})
    arn = template["arn"]
    fis.tag_resource(resourceArn=arn, tags={"team": "b", "purpose": "test"})
    fis.untag_resource(resourceArn=arn, tagKeys=["purpose", "unknown"])
    assert fis.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "b"}
    assert code(fis.tag_resource, resourceArn=arn, tags=dict.fromkeys(map(str, range(50)), "")) == "ValidationException"
    assert code(fis.tag_resource, resourceArn=arn, tags={"aws:x": "y"}) == "ValidationException"
    assert fis.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "b"}
    assert code(fis.list_tags_for_resource, resourceArn=arn + "none") == "ResourceNotFoundException"


# Logs


def test_an_experiment_is_logged_in_cloudwatch_logs(lab: ControlLab) -> None:
    logs, now = lab.client("logs"), datetime.now(UTC)
    logs.create_log_group(logGroupName="fis-experiments")
    [group] = logs.describe_log_groups(logGroupNamePrefix="fis")["logGroups"]
    configuration = {"cloudWatchLogsConfiguration": {"logGroupArn": group["arn"]}, "logSchemaVersion": 2}
    template = made(lab, targets={"subnets": SUBNETS}, actions={"cut": CUT}, logConfiguration=configuration)
    assert template["logConfiguration"] == configuration
    experiment = started(lab, template)
    until(lambda: not reached(lab), "the region is cut off")
    lab.client("fis").stop_experiment(id=experiment["id"])
    assert ended(lab, experiment["id"])["logConfiguration"] == configuration
    stream = {"logGroupName": "fis-experiments", "logStreamName": f"/aws/fis/{experiment['id']}"}
    found = until(lambda: _events(logs, stream, "experiment-end"), "the end is logged")
    records = [json.loads(event["message"]) for event in found]
    assert [record["log_type"] for record in records if record["log_type"].startswith("action")] == [
        "action-start",
        "action-end",
    ]
    assert len(next(r for r in records if r["log_type"] == "target-resolution-end")["details"]["resolved_targets"]) == 3
    assert records[-1]["details"]["experiment_state"]["status"] == "stopped"
    stamps = [datetime.fromtimestamp(event["timestamp"] / 1000, UTC) for event in found]
    assert now - timedelta(seconds=1) <= stamps[0] <= stamps[-1] <= datetime.now(UTC) + timedelta(seconds=1)
    filtered = logs.filter_log_events(logGroupName="fis-experiments", filterPattern='"experiment-start"')["events"]
    assert [json.loads(event["message"])["log_type"] for event in filtered] == ["experiment-start"]


def _events(logs: Any, stream: dict[str, str], last: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = logs.get_log_events(**stream, startFromHead=True)["events"]
    return events if events and last in events[-1]["message"] else []


def test_an_experiment_is_logged_in_a_bucket_that_replicates(lab: ControlLab) -> None:
    s3, names = lab.client("s3"), [b["Name"] for b in lab.client("s3").list_buckets()["Buckets"]]
    first, second = (next(name for name in names if region in name) for region in (US, EU))
    configuration = {"s3Configuration": {"bucketName": first, "prefix": "fis"}, "logSchemaVersion": 2}
    experiment = started(lab, made(lab, logConfiguration=configuration))
    runs(lab, experiment["id"])
    lab.client("fis").stop_experiment(id=experiment["id"])
    [found] = until(
        lambda: s3.list_objects_v2(Bucket=first, Prefix=f"fis/AWSLogs/{ACCOUNT}/fis/{US}/").get("Contents"), "a log"
    )
    assert experiment["id"] in found["Key"]
    records = [json.loads(line) for line in s3.get_object(Bucket=first, Key=found["Key"])["Body"].iter_lines()]
    assert [r["log_type"] for r in records] == ["experiment-start", "action-start", "action-end", "experiment-end"]
    until(lambda: lab.client("s3").list_objects_v2(Bucket=second).get("Contents"), "the copy in the other region")


def test_an_experiment_whose_log_group_is_missing_fails_before_it_acts(lab: ControlLab) -> None:
    arn = f"arn:aws:logs:{US}:{ACCOUNT}:log-group:none:*"
    configuration = {"cloudWatchLogsConfiguration": {"logGroupArn": arn}, "logSchemaVersion": 2}
    template = made(lab, targets={"subnets": SUBNETS}, actions={"cut": CUT}, logConfiguration=configuration)
    state = ended(lab, started(lab, template)["id"])["state"]
    assert (state["status"], state["error"]["code"]) == ("failed", "ConfigurationFailure")
    assert reached(lab)
    lab.client("fis").update_experiment_template(id=template["id"], logConfiguration={})
    found = lab.client("fis").get_experiment_template(id=template["id"])["experimentTemplate"]
    assert "logConfiguration" not in found


@pytest.mark.parametrize(("call", "arguments"), [
    ("filter_log_events", {"logGroupName": "x", "filterPattern": "{ $.log_type = action-end }"}),
    ("filter_log_events", {"logGroupName": "x", "filterPattern": "one two"}),
    ("create_log_group", {"logGroupName": "x", "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/x"}),
    ("put_retention_policy", {"logGroupName": "x", "retentionInDays": 1}),
])  # fmt: skip
def test_what_the_log_groups_cannot_do_is_refused(lab: ControlLab, call: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(lab.client("logs"), call)(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
