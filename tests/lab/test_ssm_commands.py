"""Systems Manager on the lab, as clients of the API, of the instances and of FIS see it."""

import json
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError
from control_lab import EU, US, ControlLab, control_lab, until

from harness.lab.addresses import HIDDEN, INSTANCE_PORT
from harness.lab.storefront.stress import MEMORY_BYTES

pytestmark = [pytest.mark.lab, pytest.mark.alone]

INSTANCES = {"Instances": {"resourceType": "aws:ec2:instance"}}


@pytest.fixture(scope="module")
def lab() -> Iterator[ControlLab]:
    with control_lab(regions=[US, EU], instances_per_region=2, health_check=None) as running:
        yield running


def instances(lab: ControlLab) -> dict[str, str]:
    """Address by id of the instances of a region, as Systems Manager knows them."""
    found = lab.client("ssm").describe_instance_information()["InstanceInformationList"]
    return {i["InstanceId"]: i["IPAddress"] for i in found if i["PingStatus"] == "Online"}


@pytest.fixture
def pair(lab: ControlLab) -> tuple[str, str]:
    """The ids of an instance to break and of one to leave alone."""
    until(lambda: rest(lab), "two instances run, and nothing presses on them")
    pressed, calm = sorted(instances(lab))
    return pressed, calm


def get(lab: ControlLab, address: str, path: str = "/catalogue", hidden: int = 0, within: float = 5.0) -> float | None:
    """Seconds until an instance answered 200; none when it does not in time."""
    began = time.perf_counter()
    try:
        with socket.create_connection((address, INSTANCE_PORT + hidden), within, (source(lab), 0)) as client:
            client.settimeout(within)
            client.sendall(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
            return time.perf_counter() - began if b" 200 " in client.recv(64) else None
    except OSError:
        return None


def source(lab: ControlLab) -> str:
    return lab.addresses.load_balancer(US)


def process(address: str) -> psutil.Process | None:
    for connection in psutil.net_connections("inet4"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr == (address, INSTANCE_PORT + HIDDEN):
            return psutil.Process(connection.pid)
    return None


def used_bytes(address: str) -> int:
    found = process(address)
    return int(found.memory_full_info().uss) if found else 0


def disk(lab: ControlLab, id: str) -> list[str]:
    """The files on the disk of an instance, but for its log."""
    found = lab.lab.directory / "disks" / id
    return [path.name for path in found.iterdir() if not path.name.startswith("orders")]


def rest(lab: ControlLab) -> bool:
    """Whether both instances answer where they are now, and nothing is left on their disks."""
    found = instances(lab)
    answering = [id for id, address in found.items() if get(lab, address) is not None]
    return len(answering) == len(found) == 2 and not any(disk(lab, id) for id in found)


def send(lab: ControlLab, document: str, id: str, **parameters: Any) -> str:
    sent = lab.client("ssm").send_command(
        DocumentName=document,
        InstanceIds=[id],
        Parameters={name: [str(value)] for name, value in parameters.items()},
    )
    return str(sent["Command"]["CommandId"])


def status(lab: ControlLab, command: str, id: str) -> str:
    try:
        return str(lab.client("ssm").get_command_invocation(CommandId=command, InstanceId=id)["Status"])
    except lab.client("ssm").exceptions.InvocationDoesNotExist:
        return "nowhere"


def error(lab: ControlLab, command: str, id: str) -> str:
    found = lab.client("ssm").get_command_invocation(CommandId=command, InstanceId=id)["StandardErrorContent"]
    return str(found)


@contextmanager
def running(lab: ControlLab, document: str, id: str, **parameters: Any) -> Iterator[str]:
    """A command that is under way in the block and cancelled after it."""
    command = send(lab, document, id, DurationSeconds=3600, **parameters)
    until(lambda: status(lab, command, id) == "InProgress", "the command runs")
    yield command
    lab.client("ssm").cancel_command(CommandId=command)
    until(lambda: status(lab, command, id) == "Cancelled", "the command is cancelled")


def typical(lab: ControlLab, address: str, hidden: int = HIDDEN) -> float:
    return statistics.median(get(lab, address, hidden=hidden) or 9.0 for _ in range(5))


def test_a_busy_cpu_slows_the_instance_and_not_its_neighbour(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    with running(lab, "AWSFIS-Run-CPU-Stress", pair[0], LoadPercent=100, CPU=4):
        until(lambda: typical(lab, pressed) > 4 * typical(lab, calm), "it is slow")
    until(lambda: typical(lab, pressed) < 2 * typical(lab, calm), "it is as fast as the other")


def test_memory_is_taken_and_given_back(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    before, other = used_bytes(pressed), used_bytes(calm)
    with running(lab, "AWSFIS-Run-Memory-Stress", pair[0], Percent=60):
        until(lambda: used_bytes(pressed) >= before + MEMORY_BYTES * 0.6, "it is taken")
        assert used_bytes(calm) < other + MEMORY_BYTES // 8
    assert used_bytes(pressed) < before + MEMORY_BYTES // 8


@pytest.mark.parametrize(("document", "parameters"), [
    ("AWSFIS-Run-Disk-Fill", {"Percent": 100}),
    ("AWSFIS-Run-IO-Stress", {"Workers": 2, "Percent": 50}),
])  # fmt: skip
def test_the_disk_is_pressed_on_until_the_command_is_cancelled(
    lab: ControlLab, pair: tuple[str, str], document: str, parameters: dict[str, int]
) -> None:
    with running(lab, document, pair[0], **parameters):
        until(lambda: len(disk(lab, pair[0])) == parameters.get("Workers", 1), "there are files")
        assert disk(lab, pair[1]) == []
    assert disk(lab, pair[0]) == []


@pytest.mark.parametrize("signal", ["SIGTERM", "SIGKILL"])
def test_the_app_is_killed_and_comes_back(lab: ControlLab, pair: tuple[str, str], signal: str) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    before = process(pressed), process(calm)
    command = send(lab, "AWSFIS-Run-Kill-Process", pair[0], ProcessName="storefront", Signal=signal)
    until(lambda: status(lab, command, pair[0]) == "Success", "the command succeeded")
    until(lambda: get(lab, pressed) is not None, "it is back")
    assert process(pressed) != before[0]
    assert process(calm) == before[1]


def test_what_an_instance_sends_is_late(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    with running(lab, "AWSFIS-Run-Network-Latency", pair[0], DelayMilliseconds=300):
        until(lambda: typical(lab, pressed, 0) >= 0.3, "it is late")
        assert typical(lab, calm, 0) < 0.3
    until(lambda: typical(lab, pressed, 0) < 0.3, "it is in time")


def test_a_port_is_a_black_hole(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    with running(lab, "AWSFIS-Run-Network-Blackhole-Port", pair[0], Protocol="tcp", Port=INSTANCE_PORT):
        until(lambda: get(lab, pressed, within=0.5) is None, "nobody answers")
        assert get(lab, calm) is not None
    until(lambda: get(lab, pressed) is not None, "it answers")


def test_only_what_goes_to_the_sources_is_late(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed = instances(lab)[pair[0]]
    asked = {"Sources": f"{source(lab)}/32", "DelayMilliseconds": 300, "JitterMilliseconds": 0, "TrafficType": "egress"}
    with running(lab, "AWSFIS-Run-Network-Latency-Sources", pair[0], **asked):
        until(lambda: typical(lab, pressed, 0) >= 0.3, "what goes to the balancer is late")
    asked["Sources"] = lab.addresses.database(US)
    with running(lab, "AWSFIS-Run-Network-Latency-Sources", pair[0], **asked):
        until(lambda: (get(lab, pressed, "/catalogue") or 9.0) >= 0.3, "what needs the database is late")
    asked["Sources"] = "db.storefront.test"
    with running(lab, "AWSFIS-Run-Network-Latency-Sources", pair[0], **asked):
        until(lambda: (get(lab, pressed, "/catalogue") or 9.0) >= 0.3, "what needs the database of that name is late")
    asked["Sources"] = "nowhere.test"
    command = send(lab, "AWSFIS-Run-Network-Latency-Sources", pair[0], DurationSeconds=60, **asked)
    until(lambda: status(lab, command, pair[0]) == "Failed", "a source that is nowhere")
    assert "no source 'nowhere.test'" in error(lab, command, pair[0])


def test_some_of_what_an_instance_sends_is_lost(lab: ControlLab, pair: tuple[str, str]) -> None:
    pressed, calm = (instances(lab)[id] for id in pair)
    with running(lab, "AWSFIS-Run-Network-Packet-Loss", pair[0], LossPercent=100):
        until(lambda: get(lab, pressed, within=0.5) is None, "nothing arrives")
        assert get(lab, calm) is not None
    until(lambda: get(lab, pressed) is not None, "it arrives")
    asked = {"LossPercent": 100, "Sources": source(lab), "TrafficType": "ingress"}
    with running(lab, "AWSFIS-Run-Network-Packet-Loss-Sources", pair[0], **asked):
        until(lambda: get(lab, pressed, within=0.5) is None, "nothing arrives")
    until(lambda: get(lab, pressed) is not None, "it arrives")


def test_network_documents_do_not_run_beside_each_other_on_an_instance(lab: ControlLab, pair: tuple[str, str]) -> None:
    with running(lab, "AWSFIS-Run-Network-Latency", pair[0], DelayMilliseconds=1):
        second = send(lab, "AWSFIS-Run-Network-Packet-Loss", pair[0], DurationSeconds=60)
        until(lambda: status(lab, second, pair[0]) == "Failed", "the second fails")
        assert "a network fault already runs" in error(lab, second, pair[0])
        third = send(lab, "AWSFIS-Run-Network-Packet-Loss", pair[1], DurationSeconds=1, LossPercent=0)
        until(lambda: status(lab, third, pair[1]) == "Success", "another instance is another matter")


def test_a_command_on_an_instance_that_stops_fails(lab: ControlLab, pair: tuple[str, str]) -> None:
    command = send(lab, "AWSFIS-Run-Disk-Fill", pair[0], DurationSeconds=10)
    until(lambda: status(lab, command, pair[0]) == "InProgress", "the command runs")
    lab.client("ec2").reboot_instances(InstanceIds=[pair[0]])
    until(lambda: status(lab, command, pair[0]) == "Failed", "the command failed")
    assert "was stopped while the command ran" in error(lab, command, pair[0])
    until(lambda: rest(lab), "it is back, and its disk is empty")


@pytest.mark.parametrize(("document", "parameters", "code"), [
    ("MyOwn-Document", {}, "InvalidDocument"),
    ("AWSFIS-Run-CPU-Stress", {}, "InvalidParameters"),
    ("AWSFIS-Run-CPU-Stress", {"DurationSeconds": 60, "LoadPercent": 101}, "InvalidParameters"),
    ("AWSFIS-Run-CPU-Stress", {"DurationSeconds": 60, "CPU": 5}, "InvalidParameters"),
    ("AWSFIS-Run-CPU-Stress", {"DurationSeconds": 60, "Colour": "blue"}, "InvalidParameters"),
    ("AWSFIS-Run-Kill-Process", {"ProcessName": "nginx"}, "InvalidParameters"),
    ("AWSFIS-Run-Network-Blackhole-Port", {"DurationSeconds": 60, "Protocol": "udp", "Port": 53}, "InvalidParameters"),
])  # fmt: skip
def test_what_the_lab_cannot_run_is_refused_when_it_is_sent(
    lab: ControlLab, pair: tuple[str, str], document: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as failed:
        send(lab, document, pair[0], **parameters)
    assert failed.value.response["Error"]["Code"] == code


def test_an_instance_of_another_region_is_not_reached(lab: ControlLab) -> None:
    (other, *_) = lab.client("ssm", EU).describe_instance_information()["InstanceInformationList"]
    with pytest.raises(ClientError, match="InvalidInstanceId"):
        send(lab, "AWSFIS-Run-Disk-Fill", other["InstanceId"], DurationSeconds=60)


def test_what_would_be_ignored_is_refused(lab: ControlLab, pair: tuple[str, str]) -> None:
    ssm, asked = lab.client("ssm"), {"DurationSeconds": ["60"]}
    for call in (
        lambda: ssm.send_command(
            DocumentName="AWSFIS-Run-Disk-Fill", InstanceIds=[pair[0]], Parameters=asked, MaxErrors="1"
        ),
        lambda: ssm.describe_instance_information(Filters=[{"Key": "PingStatus", "Values": ["Online"]}]),
        lambda: ssm.list_commands(Filters=[{"key": "Status", "value": "Success"}]),
    ):
        with pytest.raises(ClientError, match="NotImplemented"):
            call()
    (found,) = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [pair[1]]}])[
        "InstanceInformationList"
    ]
    assert found["InstanceId"] == pair[1]


def test_instances_are_chosen_by_tag(lab: ControlLab, pair: tuple[str, str]) -> None:
    ssm = lab.client("ssm")

    def sent(value: str) -> dict[str, Any]:
        targets = [{"Key": "tag:drill", "Values": [value]}]
        asked = {"DurationSeconds": ["1"]}
        command = ssm.send_command(DocumentName="AWSFIS-Run-Disk-Fill", Targets=targets, Parameters=asked)
        return dict(command["Command"])

    assert sorted(sent("storefront")["InstanceIds"]) == sorted(pair)
    with pytest.raises(ClientError, match="InvalidInstanceId"):
        sent("other")


def test_every_document_is_listed_and_described(lab: ControlLab) -> None:
    ssm = lab.client("ssm")
    names = {d["Name"] for d in ssm.list_documents()["DocumentIdentifiers"]}
    assert len([name for name in names if name.startswith("AWSFIS-Run-")]) == 10
    described = ssm.describe_document(Name="AWSFIS-Run-Network-Latency-Sources")["Document"]
    defaults = {p["Name"]: p.get("DefaultValue") for p in described["Parameters"]}
    assert defaults["Sources"] is None
    assert (defaults["DelayMilliseconds"], defaults["TrafficType"]) == ("200", "ingress")


# FIS


def experiment(lab: ControlLab, document: str, id: str, duration: str = "PT1H", **parameters: Any) -> str:
    arn = f"arn:aws:ec2:{US}:123456789012:instance/{id}"
    template = lab.template(
        "aws:ssm:send-command",
        {"Instances": {"resourceType": "aws:ec2:instance", "resourceArns": [arn]}},
        documentArn=f"arn:aws:ssm:{US}::document/{document}",
        documentParameters=json.dumps({name: str(value) for name, value in parameters.items()}),
        duration=duration,
    )
    return lab.start(template)


def state(lab: ControlLab, experiment: str) -> dict[str, str]:
    found: dict[str, str] = lab.experiment(experiment)["state"]
    return found


def test_an_experiment_runs_a_document_and_takes_it_back_when_it_is_stopped(
    lab: ControlLab, pair: tuple[str, str]
) -> None:
    id = experiment(lab, "AWSFIS-Run-Disk-Fill", pair[0], DurationSeconds=3600, Percent=50)
    until(lambda: len(disk(lab, pair[0])) == 1, "the disk is filled")
    assert state(lab, id)["status"] == "running"
    (command, *_) = lab.client("ssm").list_commands()["Commands"]
    assert (command["DocumentName"], command["InstanceIds"]) == ("AWSFIS-Run-Disk-Fill", [pair[0]])
    lab.client("fis").stop_experiment(id=id)
    until(lambda: state(lab, id)["status"] == "stopped", "it is stopped")
    assert disk(lab, pair[0]) == []
    assert status(lab, command["CommandId"], pair[0]) == "Cancelled"


def test_an_action_is_over_with_its_document_or_with_its_duration(lab: ControlLab, pair: tuple[str, str]) -> None:
    for seconds, ended in ((1, "Success"), (43200, "Cancelled")):
        id = experiment(lab, "AWSFIS-Run-Disk-Fill", pair[0], "PT1M", DurationSeconds=seconds)
        until(lambda id=id: state(lab, id)["status"] == "completed", "it is completed")  # type: ignore[misc]
        (command, *_) = lab.client("ssm").list_commands()["Commands"]
        assert command["Status"] == ended
        assert disk(lab, pair[0]) == []


@pytest.mark.parametrize(("document", "parameters", "said"), [
    ("MyOwn-Document", {}, "MyOwn-Document"),
    ("AWSFIS-Run-CPU-Stress", {"LoadPercent": 5}, "DurationSeconds is missing"),
    ("AWSFIS-Run-Kill-Process", {"ProcessName": "nginx"}, "one process, 'storefront'"),
])  # fmt: skip
def test_an_experiment_with_what_the_lab_cannot_run_fails_before_it_begins(
    lab: ControlLab, pair: tuple[str, str], document: str, parameters: dict[str, Any], said: str
) -> None:
    id = experiment(lab, document, pair[0], **parameters)
    until(lambda: state(lab, id)["status"] == "failed", "it fails")
    assert 'the lab cannot do "aws:ssm:send-command"' in state(lab, id)["reason"]
    assert said in state(lab, id)["reason"]
    assert lab.experiment(id)["actions"]["it"]["state"]["status"] == "cancelled"


def automate(lab: ControlLab, name: str, *ids: str) -> str:
    template = lab.template(
        "aws:ssm:start-automation-execution",
        None,
        documentArn=f"arn:aws:ssm:{US}::automation-definition/{name}",
        documentParameters=json.dumps({"InstanceId": list(ids)}),
        maxDuration="PT10M",
    )
    return lab.start(template)


def test_an_automation_stops_and_starts_instances(lab: ControlLab, pair: tuple[str, str]) -> None:
    def ec2(id: str) -> str:
        found = lab.client("ec2").describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    address = instances(lab)[pair[0]]
    id = automate(lab, "AWS-StopEC2Instance", pair[0])
    until(lambda: state(lab, id)["status"] == "completed", "it is completed")
    assert (ec2(pair[0]), ec2(pair[1])) == ("stopped", "running")
    assert get(lab, address) is None
    started = lab.client("ssm").start_automation_execution(
        DocumentName="AWS-StartEC2Instance", Parameters={"InstanceId": [pair[0]]}
    )["AutomationExecutionId"]

    def execution() -> dict[str, Any]:
        found = lab.client("ssm").get_automation_execution(AutomationExecutionId=started)["AutomationExecution"]
        return dict(found)

    until(lambda: execution()["AutomationExecutionStatus"] == "Success", "it is started")
    assert ec2(pair[0]) == "running"
    until(lambda: get(lab, instances(lab)[pair[0]]) is not None, "it answers")


def test_an_automation_of_what_is_not_there_fails_its_experiment(lab: ControlLab) -> None:
    id = automate(lab, "AWS-RestartEC2Instance", "i-0")
    until(lambda: state(lab, id)["status"] == "failed", "it fails")
    assert "there is no instance i-0" in state(lab, id)["reason"]
    other = automate(lab, "AWS-CreateImage", "i-0")
    until(lambda: state(lab, other)["status"] == "failed", "it fails")
    assert "automation document" in state(lab, other)["reason"]
