"""A whole lab for tests, as a harness sees it: boto3 clients, DNS, and the truth log."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import yaml
from botocore.config import Config
from dnslib import DNSRecord

from harness.lab import launcher
from harness.lab.addresses import DNS_PORT, Addresses
from harness.lab.truth import events

SLOTS = range(100, 120)
DEADLINE_S = 30.0
US, EU, AP = "us-east-1", "eu-west-1", "ap-southeast-1"
ROLE = "arn:aws:iam::123456789012:role/drill-fis"
# Target health checks by which nobody is ever unhealthy, however slow: one that was would lose its shoppers.
PATIENT = {"interval": 60, "timeout": 50}


def until(condition: Callable[[], Any], what: str, within: float = DEADLINE_S) -> Any:
    """Wait for a condition; returns what it returned."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return found


class ControlLab:
    """A running lab and ways to ask it."""

    def __init__(self, lab: launcher.Lab) -> None:
        self.lab = lab
        self.addresses = Addresses(lab.slot)
        self.stack = yaml.safe_load(lab.descriptor.read_text())
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = US) -> Any:
        """A plain boto3 client with dummy keys, that tells of retries by being slow."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.stack["endpoint_url"],
                aws_access_key_id="any",
                aws_secret_access_key="key",
                config=Config(retries={"mode": "standard"}),
            )
        return self._clients[service, region]

    def resolve(self, name: str, population: str | None = None) -> tuple[str | None, int]:
        """The address that somebody gets for a name, and its TTL."""
        source = self.addresses.population(population) if population else self.addresses.everybody_else
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind((source, 0))
            asking.settimeout(5)
            asking.sendto(DNSRecord.question(name).pack(), (self.addresses.dns, DNS_PORT))
            found = DNSRecord.parse(asking.recv(4096)).rr
        return (str(found[-1].rdata), found[-1].ttl) if found else (None, 0)

    def group(self, region: str) -> dict[str, Any]:
        """The Auto Scaling group of a region."""
        groups: list[dict[str, Any]] = self.client("autoscaling", region).describe_auto_scaling_groups()[
            "AutoScalingGroups"
        ]
        return groups[0]

    def database(self, region: str) -> dict[str, Any] | None:
        """The database of a region, if there is one."""
        found: list[dict[str, Any]] = self.client("rds", region).describe_db_instances()["DBInstances"]
        return found[0] if found else None

    def alarm(self, name: str, region: str = US) -> str:
        """The state of an alarm."""
        found = self.client("cloudwatch", region).describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found[0]["StateValue"])

    def template(self, action: str, target: dict[str, Any] | None, region: str = US, /, **parameters: str) -> str:
        """Make a template of one action; `target` has one key, that of the action's targets."""
        spec: dict[str, Any] = {"actionId": action, "parameters": parameters}
        targets = {}
        for key, chosen in (target or {}).items():
            targets["those"] = {"selectionMode": "ALL", **chosen}
            spec["targets"] = {key: "those"}
        made = self.client("fis", region).create_experiment_template(
            description=action,
            roleArn=ROLE,
            stopConditions=[{"source": "none"}],
            targets=targets,
            actions={"it": spec},
        )
        return str(made["experimentTemplate"]["id"])

    def start(self, template: str, region: str = US) -> str:
        """Start an experiment."""
        return str(self.client("fis", region).start_experiment(experimentTemplateId=template)["experiment"]["id"])

    def experiment(self, id: str, region: str = US) -> dict[str, Any]:
        """An experiment as FIS describes it."""
        found: dict[str, Any] = self.client("fis", region).get_experiment(id=id)["experiment"]
        return found

    def truth(self, kind: str) -> list[dict[str, Any]]:
        """What the lab really did, of one kind."""
        return [event for event in events(self.lab.directory) if event["kind"] == kind]


@contextlib.contextmanager
def control_lab(**recipe: Any) -> Iterator[ControlLab]:
    """A lab in a free slot, for as long as the block lasts."""
    for slot in SLOTS:
        try:
            lab = launcher.start(recipe, slot)
        except launcher.LabError as error:
            if "in use" not in str(error):
                raise
            continue
        with lab:
            yield ControlLab(lab)
        return
    raise RuntimeError("no free slot")
