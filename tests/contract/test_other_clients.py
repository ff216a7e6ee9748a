"""The lab is no lab of Drill's alone: the AWS CLI and the Chaos Toolkit, unmodified, break it and heal it.

What they do is seen from outside: by clients of the storefront, not by the word of the API.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.lab import launcher
from harness.stack.descriptor import read_stack
from tests.contract.installed import NoIndex, Program, install_all
from tests.contract.labs import a_lab

pytestmark = pytest.mark.lab

LOST = "us-east-1"
SOUND = {"roleArn": "arn:aws:iam::123456789012:role/drill-fis", "stopConditions": [{"source": "none"}]}
CUT = {
    **SOUND,
    "description": "the region is cut off",
    "targets": {
        "subnets": {
            "resourceType": "aws:ec2:subnet",
            "resourceTags": {"drill": "storefront"},
            "selectionMode": "ALL",
        }
    },
    "actions": {
        "cut": {
            "actionId": "aws:network:disrupt-connectivity",
            "parameters": {"scope": "all", "duration": "PT12H"},
            "targets": {"Subnets": "subnets"},
        }
    },
}
TERMINATE = {
    **SOUND,
    "description": "one instance dies",
    "targets": {
        "one": {
            "resourceType": "aws:ec2:instance",
            "resourceTags": {"drill": "storefront"},
            "selectionMode": "COUNT(1)",
        }
    },
    "actions": {"kill": {"actionId": "aws:ec2:terminate-instances", "targets": {"Instances": "one"}}},
}


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    home = tmp_path_factory.mktemp("others")
    found = {
        "aws": Program(module="awscli", packages=["awscli"], directory=home / "aws"),
        "chaos": Program(
            module="chaostoolkit", packages=["chaostoolkit", "chaostoolkit-aws"], directory=home / "chaos"
        ),
    }
    try:
        install_all(list(found.values()))
    except NoIndex as error:
        pytest.skip(f"the package index cannot be reached: {error}")
    return found


class World:
    """A lab, the two programs, and a client that looks at the lab from outside."""

    def __init__(self, lab: launcher.Lab, programs: dict[str, Program]) -> None:
        self.stack = read_stack(lab.descriptor)
        self.programs = programs
        self.region = self.stack.regions[LOST]
        self.elsewhere = self.stack.regions["eu-west-1"]

    def aws(self, *words: str) -> Any:
        """What an AWS CLI command prints. The endpoint is named, for the CLI ignores its variable here and there."""
        done = self.programs["aws"].run(*words, "--endpoint-url", self.stack.endpoint_url or "", "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def template(self, made: dict[str, Any]) -> str:
        """The id of a template, made by the CLI from a file."""
        path = self.programs["aws"].directory / "template.json"
        path.write_text(json.dumps(made))
        created = self.aws("fis", "create-experiment-template", "--cli-input-json", f"file://{path}")
        return str(created["experimentTemplate"]["id"])

    def chaos(self, experiment: dict[str, Any], *words: str) -> tuple[int, dict[str, Any]]:
        """Run an experiment of the Chaos Toolkit; its exit code and its journal."""
        chaos = self.programs["chaos"]
        source, journal = chaos.directory / "experiment.json", chaos.directory / "journal.json"
        journal.unlink(missing_ok=True)
        source.write_text(json.dumps(experiment))
        command = ["--no-version-check", "run", "--journal-path", str(journal), *words, str(source)]
        done = chaos.run(*command, AWS_ENDPOINT_URL=self.stack.endpoint_url or "")
        assert journal.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(journal.read_text())

    def state(self, experiment: str) -> dict[str, Any]:
        """The experiment as the CLI sees it."""
        found: dict[str, Any] = self.aws("fis", "get-experiment", "--id", experiment)["experiment"]
        return found

    def reached(self, url: str) -> bool:
        """Whether a client is answered."""
        return bool(self.instance(url))

    def instance(self, url: str) -> str:
        """The instance that answers a client; none when nobody does."""
        try:
            answer = requests.get(f"{url}/health", timeout=1)
        except requests.RequestException:
            return ""
        return answer.headers.get("X-Served-By", "") if answer.ok else ""


@pytest.fixture(scope="module")
def world(programs: dict[str, Program]) -> Iterator[World]:
    with a_lab() as lab:
        yield World(lab, programs)


def until(condition: Callable[[], Any], what: str, within: float = 30.0) -> Any:
    """Wait for a condition; returns what it returned."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)
    return found


def answering(world: World) -> set[str]:
    """The instances that answered twenty clients of the region."""
    return {world.instance(world.region.url) for _ in range(20)}


def test_the_aws_cli_reads_what_the_lab_can_do(world: World) -> None:
    actions = {action["id"] for action in world.aws("fis", "list-actions")["actions"]}
    assert {"aws:fis:wait", "aws:ec2:terminate-instances", "aws:network:disrupt-connectivity"} <= actions
    lever = world.aws("fis", "get-safety-lever", "--id", "default")["safetyLever"]
    assert lever["state"]["status"] == "disengaged"


def test_the_aws_cli_cuts_a_region_off_and_brings_it_back(world: World) -> None:
    assert world.reached(world.region.url)
    started = world.aws("fis", "start-experiment", "--experiment-template-id", world.template(CUT))["experiment"]
    until(lambda: not world.reached(world.region.url), "the region is cut off")
    assert world.reached(world.elsewhere.url)
    assert world.state(started["id"])["state"]["status"] == "running"
    listed = world.aws("fis", "list-experiment-resolved-targets", "--experiment-id", started["id"])["resolvedTargets"]
    assert len({target["targetInformation"]["resourceArn"] for target in listed}) == len(world.region.zones) == 3
    world.aws("fis", "stop-experiment", "--id", started["id"])
    until(lambda: world.reached(world.region.url), "the region is back")
    ended = until(lambda: (e := world.state(started["id"])) and "endTime" in e and e, "the experiment is over")
    assert (ended["state"]["status"], ended["actions"]["cut"]["state"]["status"]) == ("stopped", "stopped")


def test_the_safety_lever_in_the_hands_of_the_aws_cli_ends_an_outage(world: World) -> None:
    template = world.template(CUT)
    started = world.aws("fis", "start-experiment", "--experiment-template-id", template)["experiment"]
    until(lambda: not world.reached(world.region.url), "the region is cut off")
    pull = ("fis", "update-safety-lever-state", "--id", "default", "--state")
    try:
        world.aws(*pull, "status=engaged,reason=enough")
        until(lambda: world.reached(world.region.url), "the region is back")
        until(lambda: world.state(started["id"])["state"]["status"] == "stopped", "the experiment is stopped")
        refused = world.aws("fis", "start-experiment", "--experiment-template-id", template)["experiment"]
        until(lambda: world.state(refused["id"])["state"]["status"] == "cancelled", "the next one is cancelled")
        assert world.reached(world.region.url)
    finally:
        world.aws(*pull, "status=disengaged,reason=over")


def toolkit(template: str, *probes: dict[str, Any], tag: str) -> dict[str, Any]:
    """An experiment of the Chaos Toolkit: the region answers, FIS breaks it, probes look, FIS is stopped again."""
    fis = {"type": "python", "module": "chaosaws.fis.actions"}
    start = {**fis, "func": "start_experiment", "arguments": {"experiment_template_id": template, "tags": {"by": tag}}}
    stop = {**fis, "func": "stop_experiments_by_tags", "arguments": {"tags": {"by": tag}}}
    return {
        "title": tag,
        "description": "a fault of FIS",
        "configuration": {"aws_region": LOST},
        "method": [{"type": "action", "name": "break it", "provider": start}, *probes],
        "rollbacks": [{"type": "action", "name": "stop it", "provider": stop}],
    }


def answers(url: str) -> dict[str, Any]:
    """The steady state: the region answers."""
    provider = {"type": "http", "url": f"{url}/health", "timeout": 2}
    probe = {"type": "probe", "name": "it answers", "tolerance": 200, "provider": provider}
    return {"title": "the region answers", "probes": [probe]}


def waiting(python: Path, *, for_answer: bool, url: str) -> dict[str, Any]:
    """A probe that waits until a region answers, or does no more."""
    code = (
        "import sys, time, urllib.request\n"
        "for _ in range(600):\n"
        "    try: answered = urllib.request.urlopen(sys.argv[1], timeout=1).status == 200\n"
        "    except OSError: answered = False\n"
        "    if str(answered) == sys.argv[2]: sys.exit(print('seen'))\n"
        "    time.sleep(0.05)\n"
        "sys.exit('never')\n"
    )
    path = python.parent / "wait_for_region.py"
    path.write_text(code)
    arguments = [str(path), f"{url}/health", str(for_answer)]
    provider = {"type": "process", "path": str(python), "arguments": arguments, "timeout": 60}
    return {"type": "probe", "name": "wait for the effect", "provider": provider}


def test_the_chaos_toolkit_sees_a_region_go_and_its_rollback_brings_it_back(world: World) -> None:
    url, alarm = world.region.url, world.region.detection_alarm
    gone = waiting(world.programs["chaos"].python, for_answer=False, url=url)
    asked = {"type": "python", "module": "chaosaws.cloudwatch.probes", "func": "get_alarm_state_value"}
    probe = {"type": "probe", "name": "the alarm", "provider": {**asked, "arguments": {"alarm_name": alarm}}}
    experiment = toolkit(world.template(CUT), gone, probe, tag="toolkit-cut")
    experiment["steady-state-hypothesis"] = answers(url)

    exit_code, journal = world.chaos(experiment, "--rollback-strategy", "always")

    assert exit_code == 1
    assert (journal["status"], journal["deviated"]) == ("failed", True)
    assert journal["steady_states"]["before"]["steady_state_met"] is True
    assert [step["status"] for step in journal["run"]] == ["succeeded"] * 3
    assert journal["run"][1]["output"]["stdout"].strip() == "seen"
    assert re.fullmatch("OK|ALARM|INSUFFICIENT_DATA", journal["run"][2]["output"])
    assert [step["status"] for step in journal["rollbacks"]] == ["succeeded"]
    until(lambda: world.reached(url), "the region is back")
    begun = journal["run"][0]["output"]["experiment"]
    assert begun["tags"] == {"by": "toolkit-cut"}
    until(lambda: world.state(begun["id"])["state"]["status"] == "stopped", "the experiment is stopped")


def test_the_chaos_toolkit_kills_an_instance_and_the_region_holds(world: World) -> None:
    url = world.region.url
    before = until(lambda: len(found := answering(world)) == 2 and "" not in found and found, "both instances answer")
    groups = {"type": "python", "module": "chaosaws.asg.probes", "func": "describe_auto_scaling_groups"}
    asked = {**groups, "arguments": {"asg_names": [world.region.auto_scaling_group]}}
    probe = {"type": "probe", "name": "the group", "provider": asked}
    experiment = toolkit(world.template(TERMINATE), probe, tag="toolkit-kill")
    experiment["steady-state-hypothesis"] = answers(url)

    exit_code, journal = world.chaos(experiment)

    assert (exit_code, journal["status"], journal["deviated"]) == (0, "completed", False)
    assert journal["run"][1]["output"]["AutoScalingGroups"][0]["DesiredCapacity"] == 2
    after = until(
        lambda: len(found := answering(world)) == 2 and found != before and "" not in found and found,
        "another instance answers in place of one",
    )
    assert len(before & after) == 1
    begun = journal["run"][0]["output"]["experiment"]
    ended = until(lambda: (e := world.state(begun["id"])) and "endTime" in e and e, "the experiment is over")
    assert ended["state"]["status"] == "completed"
    hit = world.aws("fis", "list-experiment-resolved-targets", "--experiment-id", begun["id"])["resolvedTargets"]
    [killed] = before - after
    assert killed.endswith(hit[0]["targetInformation"]["resourceArn"].rpartition("/")[2])
