"""The function of a lab, from outside: its code really runs, and really does not."""

import base64
import hashlib
import inspect
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from control_lab import AP, EU, US, ControlLab, control_lab, until

from harness.lab.functions.environments import MOST
from harness.lab.storefront import receipt

pytestmark = pytest.mark.lab

NAME = "storefront-receipt"
ORDER = {"id": "o-1", "sku": "SKU-02", "quantity": 3}
TARGET = {"Functions": {"resourceType": "aws:lambda:function", "resourceTags": {"drill": "storefront"}}}
DELAY, ERROR = "aws:lambda:invocation-add-delay", "aws:lambda:invocation-error"
RESPONSE = "aws:lambda:invocation-http-integration-response"


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(instances_per_region=1, time_scale=100) as running:
        yield running


def invoked(lab: ControlLab, event: Any = ORDER, region: str = US, **more: Any) -> dict[str, Any]:
    answer = lab.client("lambda", region).invoke(FunctionName=NAME, Payload=json.dumps(event), **more)
    return {**answer, "Payload": json.loads(answer["Payload"].read() or "null")}


def executions(lab: ControlLab, region: str = US) -> int:
    return len([t for t in lab.truth("function_executed") if t["region"] == region])


def started(lab: ControlLab, action: str, region: str = US, target: Any = TARGET, **parameters: str) -> str:
    id = lab.start(lab.template(action, target, region, duration="PT12H", **parameters), region)
    until(lambda: lab.experiment(id, region)["actions"]["it"]["state"]["status"] == "running", "the action runs")
    return id


def stopped(lab: ControlLab, id: str, region: str = US) -> None:
    lab.client("fis", region).stop_experiment(id=id)
    until(lambda: lab.experiment(id, region)["state"]["status"] == "stopped", "the experiment is stopped")


def test_each_region_has_the_function_and_its_code(lab: ControlLab) -> None:
    code = base64.b64encode(hashlib.sha256(inspect.getsource(receipt).encode()).digest()).decode()
    for region in (US, EU, AP):
        client, arn = lab.client("lambda", region), f"arn:aws:lambda:{region}:123456789012:function:{NAME}"
        [listed] = client.list_functions()["Functions"]
        assert (listed["FunctionArn"], listed["CodeSha256"]) == (arn, code)
        assert client.get_function(FunctionName=arn)["Configuration"] == listed
        assert client.get_function_configuration(FunctionName=NAME, Qualifier="$LATEST")["State"] == "Active"
        assert client.list_tags(Resource=arn)["Tags"] == {"drill": "storefront"}


def test_an_invocation_runs_the_code_once_and_answers_with_its_result(lab: ControlLab) -> None:
    before = executions(lab)
    answer = invoked(lab, LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert answer["Payload"] == receipt.handler(ORDER, None)
    assert answer["Payload"]["total_cents"] == 3000
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: ") and "receipt of order o-1\n" in log
    assert executions(lab) == before + 1


def test_an_exception_of_the_code_is_an_unhandled_error_and_the_next_invocation_is_well(lab: ControlLab) -> None:
    answer = invoked(lab, {"id": "o-2", "sku": "no such thing"})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["Payload"]["errorType"] == "KeyError"
    assert "FunctionError" not in invoked(lab)


def test_an_asynchronous_invocation_is_accepted_and_runs(lab: ControlLab) -> None:
    before = executions(lab, AP)
    assert invoked(lab, region=AP, InvocationType="DryRun")["StatusCode"] == 204
    assert invoked(lab, region=AP, InvocationType="Event")["StatusCode"] == 202
    until(lambda: executions(lab, AP) == before + 1, "it runs")


def test_an_asynchronous_invocation_that_fails_is_tried_twice_more(lab: ControlLab) -> None:
    before = executions(lab, AP)
    invoked(lab, {"sku": "no such thing"}, AP, InvocationType="Event")
    until(lambda: executions(lab, AP) == before + 3, "it runs three times")


def test_invocations_at_the_same_time_run_at_the_same_time(lab: ControlLab) -> None:
    client = lab.client("lambda", EU)
    id = started(lab, DELAY, EU, startupDelayMilliseconds="1500")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: client.invoke(FunctionName=NAME, Payload=json.dumps(ORDER)), range(4)))
    stopped(lab, id, EU)
    assert [a.get("FunctionError") for a in answers] == [None] * 4
    spans = [(t["at_ns"] - t["ms"] * 1e6, t["at_ns"]) for t in lab.truth("function_invoked") if t["region"] == EU][-4:]
    assert max(begin for begin, _ in spans) < min(end for _, end in spans)


def test_a_delay_comes_before_the_code_in_the_region_that_is_asked_and_nowhere_else(lab: ControlLab) -> None:
    id = started(lab, DELAY, startupDelayMilliseconds="400")
    for region in (US, EU):
        assert "FunctionError" not in invoked(lab, region=region)
    stopped(lab, id)
    invoked(lab)
    late, of_europe, after = lab.truth("function_invoked")[-3:]
    assert [(t["region"], t["faults"]) for t in (late, of_europe, after)] == [(US, 1), (EU, 0), (US, 0)]
    assert late["ms"] >= 400


def test_a_delay_past_the_timeout_is_a_timeout_and_the_code_does_not_run(lab: ControlLab) -> None:
    before, id = executions(lab), started(lab, DELAY, startupDelayMilliseconds="900000")
    answer = invoked(lab)
    stopped(lab, id)
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorMessage"].endswith("Task timed out after 3.00 seconds")
    assert executions(lab) == before
    assert "FunctionError" not in invoked(lab)


def test_more_invocations_than_environments_are_turned_away(lab: ControlLab) -> None:
    plain = boto3.client(
        "lambda",
        region_name=AP,
        endpoint_url=lab.stack["endpoint_url"],
        aws_access_key_id="any",
        aws_secret_access_key="key",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=MOST + 2),
    )
    id = started(lab, DELAY, AP, startupDelayMilliseconds="2500")
    with ThreadPoolExecutor(MOST + 2) as pool:
        calls = [pool.submit(plain.invoke, FunctionName=NAME, Payload=json.dumps(ORDER)) for _ in range(MOST + 2)]
    stopped(lab, id, AP)
    errors = [str(error) for call in calls if (error := call.exception()) is not None]
    assert len(errors) == 2
    assert all("TooManyRequestsException" in error for error in errors)


@pytest.mark.parametrize(("prevent", "runs"), [("true", 0), ("false", 1)])
def test_an_error_is_answered_whether_or_not_the_code_runs(lab: ControlLab, prevent: str, runs: int) -> None:
    before, id = executions(lab), started(lab, ERROR, preventExecution=prevent)
    answer = invoked(lab)
    assert executions(lab) == before + runs
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["Payload"]["errorType"] == "FaultInjected"
    assert "FunctionError" not in invoked(lab, region=EU)
    stopped(lab, id)
    assert invoked(lab)["Payload"] == receipt.handler(ORDER, None)


@pytest.mark.parametrize(("prevent", "runs"), [("true", 0), ("false", 1)])
def test_a_response_takes_the_place_of_the_result(lab: ControlLab, prevent: str, runs: int) -> None:
    parameters = {"preventExecution": prevent, "statusCode": "503", "contentTypeHeader": "text/plain"}
    before, id = executions(lab), started(lab, RESPONSE, **parameters)
    answer = invoked(lab)
    stopped(lab, id)
    assert executions(lab) == before + runs
    assert "FunctionError" not in answer
    assert answer["Payload"] == {"statusCode": 503, "headers": {"Content-Type": "text/plain"}, "body": ""}
    assert invoked(lab)["Payload"] == receipt.handler(ORDER, None)


def test_a_fault_ends_by_itself(lab: ControlLab) -> None:
    id = lab.start(lab.template(ERROR, TARGET, duration="PT5M", preventExecution="true"))
    until(lambda: invoked(lab).get("FunctionError"), "invocations fail")
    until(lambda: not invoked(lab).get("FunctionError"), "invocations succeed again")
    until(lambda: lab.experiment(id)["state"]["status"] == "completed", "the experiment is over")


def test_a_percentage_of_invocations_meets_the_fault(lab: ControlLab) -> None:
    id = started(lab, ERROR, preventExecution="true", invocationPercentage="50")
    errors = [invoked(lab).get("FunctionError") for _ in range(60)]
    stopped(lab, id)
    assert 0 < errors.count("Unhandled") < 60  # beyond this once in 10^18 runs


@pytest.mark.parametrize("wrong", [{"invocationPercentage": "101"}, {"startupDelayMilliseconds": "900001"}])
def test_a_number_out_of_its_range_is_refused(lab: ControlLab, wrong: dict[str, str]) -> None:
    with pytest.raises(ClientError, match=f"{next(iter(wrong))} must be"):
        lab.template(DELAY, TARGET, duration="PT1H", **wrong)


def test_a_qualifier_other_than_latest_is_nobody(lab: ControlLab) -> None:
    with pytest.raises(ClientError, match="Function not found"):
        invoked(lab, Qualifier="3")
    latest, other = (
        {"Functions": {**TARGET["Functions"], "parameters": {"functionQualifier": q}}} for q in ("$LATEST", "3")
    )
    stopped(lab, started(lab, ERROR, target=latest, preventExecution="true"))
    id = lab.start(lab.template(ERROR, other, duration="PT1H", preventExecution="true"))
    until(lambda: lab.experiment(id)["state"]["status"] == "failed", "the experiment fails")
    assert "empty" in lab.experiment(id)["state"]["reason"]


def test_invocations_errors_and_durations_are_metrics(lab: ControlLab) -> None:
    invoked(lab, {"sku": "no such thing"}, EU)
    at = datetime.now(UTC)
    for name in ("Invocations", "Errors", "Duration"):
        [*points] = lab.client("cloudwatch", EU).get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": NAME}],
            StartTime=at - timedelta(minutes=5),
            EndTime=at + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        assert sum(p["Sum"] for p in points) > 0, name


def test_what_is_no_json_is_refused(lab: ControlLab) -> None:
    with pytest.raises(ClientError, match="InvalidRequestContent"):
        lab.client("lambda").invoke(FunctionName=NAME, Payload=b"{")


def test_the_function_of_a_region_is_found_by_its_tag(lab: ControlLab) -> None:
    filters = [{"Key": "drill", "Values": ["storefront"]}]
    tagging = lab.client("resourcegroupstaggingapi", EU)
    found = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["lambda:function"])
    arns = [r["ResourceARN"] for r in found["ResourceTagMappingList"]]
    assert arns == [f"arn:aws:lambda:{EU}:123456789012:function:{NAME}"]
