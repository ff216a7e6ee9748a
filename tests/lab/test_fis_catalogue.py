"""The lab's FIS against the harness's catalogue: what is sound for one is for the other, and the rest has a name."""

from typing import Any

import pytest
from test_fis_engine import Bench, run
from test_fis_template import template

from harness.fis.actions import ACTIONS
from harness.fis.on_the_lab import ON_THE_LAB
from harness.fis.template import check_template
from harness.lab.fis.template import Template, problems
from tests.fis.templates import spoilt, template_of


def on_the_lab(made: dict[str, Any]) -> Template:
    return template(
        description=made["description"],
        actions=made["actions"],
        targets=made["targets"],
        stop_conditions=made["stopConditions"],
        role=made["roleArn"],
        options=made.get("experimentOptions", {}),
    )


@pytest.mark.parametrize("id", ACTIONS)
def test_the_lab_takes_a_template_of_every_action_of_fis(id: str) -> None:
    assert problems(on_the_lab(template_of(id))) == []


@pytest.mark.parametrize("id", [id for id in ACTIONS if id not in ON_THE_LAB])
def test_the_lab_fails_an_experiment_with_what_it_cannot_do_by_name(id: str) -> None:
    made = {**template_of(id), "stopConditions": [{"source": "none"}], "targets": {}}

    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(on_the_lab(made)))
        assert experiment.status == "failed"
        assert f'the lab cannot do "{id}"' in experiment.reason
        assert bench.written.done == []

    run(story)


STOPPING, TARGET = ("actions", "stop"), ("targets", "instances")
MISTAKES = {
    "no role": spoilt("roleArn", value="nobody"),
    "no description": spoilt("description", value=""),
    "no stop condition": spoilt("stopConditions", value=[]),
    "no alarm": spoilt("stopConditions", 0, "value", value="errors"),
    "other source": spoilt("stopConditions", 0, "source", value="alarm"),
    "no action": spoilt("actions", value={}),
    "duration": spoilt(*STOPPING, "parameters", "startInstancesAfterDuration", value="5 min"),
    "too short": spoilt(*STOPPING, "parameters", "startInstancesAfterDuration", value="PT59S"),
    "too long": spoilt(*STOPPING, "parameters", "startInstancesAfterDuration", value="PT12H1S"),
    "unknown parameter": spoilt(*STOPPING, "parameters", "colour", value="blue"),
    "wrong word": spoilt(*STOPPING, "parameters", "completeIfInstancesTerminated", value="perhaps"),
    "missing parameter": spoilt("actions", "wait", "parameters", value={}),
    "unknown target key": spoilt(*STOPPING, "targets", value={"Instance": "instances"}),
    "no target key": spoilt(*STOPPING, "targets", value={}),
    "unknown target": spoilt(*STOPPING, "targets", "Instances", value="others"),
    "wrong type": spoilt(*TARGET, "resourceType", value="aws:ec2:subnet"),
    "ARNs and tags": spoilt(*TARGET, "resourceArns", value=["arn:aws:ec2:us-east-1:123456789012:instance/i-1"]),
    "neither": spoilt(*TARGET, "resourceTags", value={}),
    "selection": spoilt(*TARGET, "selectionMode", value="PERCENT(101)"),
    "circle": spoilt(*STOPPING, "startAfter", value=["wait"]),
    "unknown action before": spoilt("actions", "wait", "startAfter", value=["start"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_the_lab_refuses_the_harness_refuses_first(mistake: str) -> None:
    assert problems(on_the_lab(MISTAKES[mistake])) != []
    assert check_template(MISTAKES[mistake], outside_lab=False) != []
