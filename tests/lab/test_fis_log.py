"""The log of an experiment: which records, in which order, with which fields."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from test_fis_endings import ALARMED
from test_fis_engine import BOTH, STOP, Bench, run
from test_fis_template import CUT, SUBNETS, template

from harness.lab.fis import log
from harness.lab.fis.failure import Failure
from harness.lab.fis.template import Template, problems

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:fis-experiments:*"
LOG = {"cloudWatchLogsConfiguration": {"logGroupArn": GROUP}, "logSchemaVersion": 2}


class Groups:
    """Log groups and buckets in memory."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.records: list[dict[str, Any]] = []
        self.objects: dict[tuple[str, str], str] = {}
        self.streams: set[tuple[str, str, str]] = set()

    def has_group(self, region: str, group: str) -> bool:
        return group in self.names

    def put_event(self, region: str, group: str, stream: str, at: datetime, message: str) -> None:
        self.streams.add((region, group, stream))
        self.records.append(json.loads(message))

    def has_bucket(self, bucket: str) -> bool:
        return bucket in self.names

    def put_object(self, bucket: str, key: str, body: str) -> None:
        self.objects[bucket, key] = body

    def kinds(self) -> list[str]:
        return [record["log_type"] for record in self.records]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record["details"] for record in self.records if record["log_type"] == kind]


def logged(made: Template, *, names: tuple[str, ...] = ("fis-experiments",), stop: bool = False) -> tuple[Groups, Any]:
    """Run an experiment to its end; what was logged, and the experiment."""
    groups, ended = Groups(*names), []

    async def story(bench: Bench) -> None:
        bench.engine.logs = groups
        experiment = bench.begin(made)
        if stop:
            await bench.until(experiment, lambda: "cut" in bench.written.done)
            bench.engine.stop(experiment)
        ended.append(await bench.end(experiment))

    run(story)
    return groups, ended[0]


def test_an_experiment_logs_its_course_in_a_stream_of_its_own() -> None:
    groups, experiment = logged(template(log=LOG))
    assert groups.streams == {("us-east-1", "fis-experiments", f"/aws/fis/{experiment.id}")}
    assert groups.kinds() == [
        "experiment-start",
        "target-resolution-start",
        "target-resolution-detail",
        "target-resolution-end",
        "action-start",
        "action-end",
        "experiment-end",
    ]
    assert {(r["id"], r["version"]) for r in groups.records} == {(experiment.id, "2")}
    stamps = [record["event_timestamp"] for record in groups.records]
    assert stamps == sorted(stamps)
    assert all(stamp.endswith("Z") for stamp in stamps)


def test_the_records_say_what_was_hit_and_how_it_went() -> None:
    groups, experiment = logged(template(log=LOG))
    [start] = groups.of("experiment-start")
    assert start["experiment_template_id"] == "EXT1"
    [detail], [end] = groups.of("target-resolution-detail"), groups.of("target-resolution-end")
    assert (detail["target_name"], detail["target_type"]) == ("subnets", "aws:ec2:subnet")
    assert (detail["account_id"], detail["status"], detail["resolved_targets_count"]) == (
        "123456789012",
        "completed",
        1,
    )
    assert (end["resolved_targets"], end["page"], end["total_pages"]) == ([{"arn": "arn:x/subnet-1"}], 1, 1)
    [began], [over] = groups.of("action-start"), groups.of("action-end")
    assert (began["action_name"], began["action_id"]) == ("cut", "aws:network:disrupt-connectivity")
    assert (began["action_targets"], began["parameters"]) == ({"Subnets": "subnets"}, CUT["parameters"])
    assert over["action_state"] == {"status": "completed", "reason": "Action was completed."}
    assert began["action_start_time"] < over["action_end_time"]
    [done] = groups.of("experiment-end")
    assert done["experiment_state"] == {"status": "completed", "reason": experiment.reason}


def test_many_targets_take_several_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "TARGETS_A_RECORD", 1)
    skipped = template(actions={"stop": STOP}, targets={"instances": BOTH["instances"]}, log=LOG)
    groups, _ = logged(skipped)
    pages = [(r["resolved_targets"][0]["arn"], r["page"], r["total_pages"]) for r in groups.of("target-resolution-end")]
    assert pages == [("arn:x/i-1", 1, 2), ("arn:x/i-2", 2, 2)]
    assert groups.of("target-resolution-detail")[0]["resolved_targets_count"] == 2


def test_an_action_that_fails_logs_an_error_before_its_end() -> None:
    groups, _ = logged(template(actions={"assert": ALARMED}, targets={}, log=LOG))
    assert groups.kinds() == ["experiment-start", "action-start", "action-error", "action-end", "experiment-end"]
    [error] = groups.of("action-error")
    assert (error["account_id"], error["action_state"]["status"]) == ("123456789012", "failed")
    assert "is OK, not ALARM" in error["action_state"]["reason"]
    assert groups.of("experiment-end")[0]["experiment_state"]["status"] == "failed"


def test_a_target_that_is_not_found_is_logged_as_failed() -> None:
    nothing = {"subnets": {**SUBNETS, "resourceTags": {"drill": "none"}}}
    groups, _ = logged(template(targets=nothing, log=LOG))
    assert groups.kinds()[-2:] == ["target-resolution-end", "experiment-end"]
    [detail] = groups.of("target-resolution-detail")
    assert (detail["status"], detail["resolved_targets_count"]) == ("failed", 0)
    assert "empty set" in detail["error_information"]


def test_a_stopped_action_is_logged_as_stopped_and_a_cancelled_one_not_at_all() -> None:
    long = CUT | {"parameters": {"scope": "all", "duration": "PT12H"}}
    actions = {"cut": long, "then": {**long, "startAfter": ["cut"]}}
    groups, _ = logged(template(actions=actions, log=LOG), stop=True)
    assert [(r["action_name"], r["action_state"]["status"]) for r in groups.of("action-end")] == [("cut", "stopped")]
    assert [r["action_name"] for r in groups.of("action-start")] == ["cut"]


def test_without_a_log_configuration_nothing_is_written() -> None:
    assert logged(template())[0].records == []


def test_an_experiment_does_not_start_without_its_log_group() -> None:
    groups, experiment = logged(template(log=LOG), names=())
    assert groups.records == []
    at = "logConfiguration.cloudWatchLogsConfiguration"
    assert experiment.failure == Failure(account="123456789012", code="ConfigurationFailure", location=at)
    assert "fis-experiments" in experiment.reason


def test_an_experiment_goes_on_when_its_log_group_is_gone() -> None:
    class Gone(Groups):
        def put_event(self, *arguments: Any, **more: Any) -> None:
            raise KeyError("gone")

    async def story(bench: Bench) -> None:
        bench.engine.logs = Gone("fis-experiments")
        experiment = await bench.end(bench.begin(template(log=LOG)))
        assert (experiment.status, bench.written.done) == ("completed", ["cut", "mend"])

    run(story)


def test_a_bucket_gets_the_whole_log_in_one_object_when_the_experiment_is_over() -> None:
    in_both = {**LOG, "s3Configuration": {"bucketName": "logs", "prefix": "fis/"}}
    groups, experiment = logged(template(log=in_both), names=("fis-experiments", "logs"))
    [((bucket, key), body)] = groups.objects.items()
    day, account = experiment.ended.strftime("%Y/%m/%d"), experiment.account
    folder = f"fis/AWSLogs/{account}/fis/us-east-1/{experiment.id}/{day}/"
    name = f"{account}_awsfislogs_us-east-1_{experiment.id}_{experiment.ended:%Y%m%d%H%M}Z_"
    assert (bucket, key[: len(folder + name)]) == ("logs", folder + name)
    assert re.fullmatch(r"[0-9a-f]{8}\.log", key[len(folder + name) :])
    assert [json.loads(line) for line in body.splitlines()] == groups.records
    assert groups.kinds()[-1] == "experiment-end"


def test_a_bucket_alone_gets_the_log_too_and_without_a_prefix() -> None:
    alone = {"s3Configuration": {"bucketName": "logs"}, "logSchemaVersion": 2}
    groups, _ = logged(template(log=alone), names=("logs",))
    [(_, key)] = groups.objects
    assert key.startswith("AWSLogs/123456789012/fis/")
    assert (groups.records, "experiment-end" in groups.objects["logs", key]) == ([], True)


def test_an_experiment_that_fails_before_it_acts_is_logged_in_the_bucket_too() -> None:
    alone = {"s3Configuration": {"bucketName": "logs"}, "logSchemaVersion": 2}
    nothing = {"subnets": {**SUBNETS, "resourceTags": {"drill": "none"}}}
    groups, _ = logged(template(targets=nothing, log=alone), names=("logs",))
    [body] = groups.objects.values()
    assert json.loads(body.splitlines()[-1])["details"]["experiment_state"]["status"] == "failed"


def test_an_experiment_does_not_start_without_its_bucket() -> None:
    alone = {"s3Configuration": {"bucketName": "logs"}, "logSchemaVersion": 2}
    groups, experiment = logged(template(log=alone))
    assert experiment.failure == Failure(
        account="123456789012", code="ConfigurationFailure", location="logConfiguration.s3Configuration"
    )
    assert groups.objects == {}


@pytest.mark.parametrize(("configuration", "words"), [
    ({**LOG, "logSchemaVersion": 1}, "logSchemaVersion must be 2, not 1"),
    ({"cloudWatchLogsConfiguration": {"logGroupArn": GROUP.replace("us-east-1", "eu-west-1")}, "logSchemaVersion": 2},
     "no ARN of a log group in us-east-1"),
    ({"cloudWatchLogsConfiguration": {"logGroupArn": "fis-experiments"}, "logSchemaVersion": 2}, "no ARN"),
])  # fmt: skip
def test_a_wrong_log_configuration_is_named(configuration: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in problems(template(log=configuration)))


def test_a_log_configuration_may_name_its_group_with_a_star_or_without() -> None:
    bare = {**LOG, "cloudWatchLogsConfiguration": {"logGroupArn": GROUP.removesuffix(":*")}}
    assert problems(template(log=bare)) == problems(template(log=LOG)) == []
