"""The template that starts load workers on ECS: it holds what a worker needs, and nothing lets anybody in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.loadtests.children import printed

TEMPLATE = Path("loadtests/aws/workers.yaml")


class _Reader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions as {"Ref": ...} and the like."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    return {name: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None}


_Reader.add_multi_constructor("!", _function)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader=_Reader)
    return read


def _properties(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]
    return dict(found)


def test_every_reference_is_to_something_that_is_there(template: dict[str, Any]) -> None:
    known = {*template["Parameters"], *template["Resources"], "AWS::Region", "AWS::StackName", "AWS::Partition"}
    names: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            names.extend(str(part[key]).partition(".")[0] for key in ("Ref", "Fn::GetAtt") if key in part)
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(template)
    assert names
    assert set(names) <= known


def test_the_command_is_one_that_a_worker_understands(template: dict[str, Any]) -> None:
    (container,) = _properties(template, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    command = [each if isinstance(each, str) else f"<{each['Ref']}>" for each in container["Command"]]
    assert command[:4] == ["python", "-m", "locust", "-f"]
    assert Path(command[4]).is_file()
    assert command[command.index("--processes") + 1] == "-1"
    spoken = [each.replace("<MasterHost>", "10.0.0.5").replace("<MasterPort>", "5557") for each in command[3:]]
    program = "import json, sys; from loadtests.told import _options; print(json.dumps(vars(_options(sys.argv[1:]))))"
    assert json.loads(printed(program, *spoken)) == {"worker": True, "master_host": "10.0.0.5", "master_port": 5557}


def test_nobody_is_let_into_a_worker_and_it_may_call_nothing_of_aws(template: dict[str, Any]) -> None:
    assert "SecurityGroupIngress" not in _properties(template, "AWS::EC2::SecurityGroup")
    task = _properties(template, "AWS::ECS::TaskDefinition")
    assert "TaskRoleArn" not in task
    opened = _properties(template, "AWS::EC2::SecurityGroupIngress")
    assert "CidrIp" not in opened
    assert opened["FromPort"] == opened["ToPort"] == {"Ref": "MasterPort"}


def test_a_task_may_hold_as_many_sockets_as_its_processes_have_shoppers(template: dict[str, Any]) -> None:
    (container,) = _properties(template, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    (limit,) = container["Ulimits"]
    assert limit["SoftLimit"] >= 10_000
    assert container["SystemControls"][0]["Namespace"] == "net.ipv4.ip_local_port_range"


def test_cloudformation_would_take_it() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    if not linter.exists():
        pytest.skip("there is no cfn-lint here")
    done = subprocess.run([linter, str(TEMPLATE)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
