"""`drill faults`: every fault of FIS listed, explained, and found by what comes close to its name."""

import json

import pytest

from harness.cli import main
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
    last = said(capsys).splitlines()[-1]
    assert all(name in last for name in DOCUMENTS)


def test_machines_get_every_fact_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(said(capsys, "--json"))["faults"]
    assert len(listed) == 60
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
