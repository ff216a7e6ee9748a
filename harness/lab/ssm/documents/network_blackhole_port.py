"""AWSFIS-Run-Network-Blackhole-Port: TCP traffic to a port of the instance, or from it to one, is dropped."""

from collections.abc import Mapping

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, LAST_PORT, TRAFFIC, Field


def _rule(run: Run) -> Rule:
    traffic, port = run.parameters["TrafficType"], run.whole("Port")
    return Rule(ends=(run.address,), traffic="ingress" if traffic == "ingress" else "egress", port=port, blocked=True)


def _cannot(parameters: Mapping[str, str]) -> str | None:
    return "Protocol 'udp' (its network carries tcp)" if parameters["Protocol"] == "udp" else None


DOCUMENT = Document(
    name="AWSFIS-Run-Network-Blackhole-Port",
    description="Drop the traffic of an instance at a port.",
    run=impairing(_rule),
    fields=(
        DURATION,
        DEPENDENCIES,
        Field(name="Protocol", required=True, choices=("tcp", "udp")),
        Field(name="Port", required=True, number=(1, LAST_PORT)),
        TRAFFIC,
    ),
    network=True,
    cannot=_cannot,
)
