"""`drill faults`: every fault of FIS listed, explained, and found by what comes close to its name."""

import json

import pytest

from harness.cli import main
from harness.faults.registry import FAULTS
from harness.fis.actions import ACTIONS
from harness.fis.described import find, unknown
from harness.fis.documents import DOCUMENTS
from harness.fis.on_the_lab import ON_THE_LAB


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["faults", *words]) == 0
    return capsys.readouterr().out


def test_every_action_has_its_line_with_whether_the_lab_makes_it_real(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {line.split()[0]: line.split()[1] for line in said(capsys).splitlines() if line.startswith("aws:")}
    assert listed == {id: "yes" if id in ON_THE_LAB else "no" for id in ACTIONS}


def test_the_list_names_the_documents_of_ssm(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = [line for line in said(capsys).splitlines() if line.startswith("SSM documents")]
    assert all(name in line for name in DOCUMENTS)


def test_the_list_has_every_sentence_that_a_drill_can_say(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys)
    assert 'no capacity               When there is no capacity in "{zone}"' in text
    assert text.count(" When ") == sum(len(fault.sentences) for fault in FAULTS.values())


def test_a_fault_with_a_sentence_is_explained_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "direct connect down").splitlines() == [
        "direct connect down: The virtual interfaces of the stack in the region lose their BGP sessions.",
        'step: When Direct Connect of "{region}" goes down for <span>',
        "usually lasts: 10 minutes",
        "shown by: clients only",
    ]
    assert json.loads(said(capsys, "cpu stress", "--json")) == {
        "name": "cpu stress",
        "about": "A stress process takes that share of the CPUs of every instance of the region.",
        "sentences": ['the CPUs of the instances of "{region}" are {percent} % busy'],
        "options": ["region", "percent"],
        "lasts_seconds": 300.0,
        "proof": "answer time",
    }


def test_a_name_that_is_nearly_that_of_a_fault_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "zone powr loss"]) == 3
    assert "did you mean 'zone power loss'?" in capsys.readouterr().err


def test_machines_get_every_fact_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(said(capsys, "--json"))["faults"]
    assert len(listed) == 60 + sum(bool(fault.sentences) for fault in FAULTS.values())
    stop = next(each for each in listed if each.get("id") == "aws:ec2:stop-instances")
    assert stop["targets"] == {"Instances": "aws:ec2:instance"}
    assert stop["parameters"][0] == {
        "name": "startInstancesAfterDuration",
        "kind": "ISO 8601 duration",
        "required": False,
        "range": "PT1M to PT12H",
    }
    assert "processes die" in stop["lab"]["effect"]
    assert next(each for each in listed if each.get("id") == "aws:eks:pod-delete")["lab"] is None


def test_one_fault_is_explained_with_its_parameters_and_what_the_lab_cannot_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = said(capsys, "aws:network:disrupt-connectivity")
    assert "target: Subnets -> aws:ec2:subnet" in text
    assert "scope all or availability-zone or dynamodb or s3 or vpc only" in text
    assert "duration              required, ISO 8601 duration, PT1M to PT12H" in text


def test_the_end_of_an_id_is_enough_and_a_document_is_found_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "stop-instances").startswith("aws:ec2:stop-instances: ")
    assert "cannot run beside each other" in said(capsys, "AWSFIS-Run-Network-Latency")
    assert json.loads(said(capsys, "AWSFIS-Run-CPU-Stress", "--json"))["document"] == "AWSFIS-Run-CPU-Stress"


@pytest.mark.parametrize("name", [*ACTIONS, *DOCUMENTS])
def test_every_fault_can_be_explained(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert said(capsys, name).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("aws:ec2:stop-instance", "did you mean 'aws:ec2:stop-instances'?"),
        ("stop-instnces", "did you mean 'aws:ec2:stop-instances'?"),
        ("aws:elasticache:interrupt-cluster-az-power", "it is now called aws:elasticache:replicationgroup"),
        ("AWSFIS-Run-Network-Latancy", "did you mean 'AWSFIS-Run-Network-Latency'?"),
        ("kinesis", "did you mean 'aws:kinesis:stream-expired-iterator-exception'?"),
        ("zzzz", "drill faults lists all of them"),
    ],
)
def test_an_unknown_fault_is_refused_with_what_comes_close(
    capsys: pytest.CaptureFixture[str], name: str, hint: str
) -> None:
    assert main(["faults", name]) == 3
    assert hint in capsys.readouterr().err
    assert hint in unknown(name)


def test_an_end_that_two_ids_share_finds_neither() -> None:
    assert find("nothing") is None
    assert find("wait") is ACTIONS["aws:fis:wait"]
