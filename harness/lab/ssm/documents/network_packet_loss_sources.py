"""AWSFIS-Run-Network-Packet-Loss-Sources: some traffic between the instance and some addresses is lost, one way."""

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, TRAFFIC, Field, interface, percent


def _rule(run: Run) -> Rule:
    return Rule(
        ends=(run.address,),
        others=run.places(run.parameters["Sources"]),
        traffic="ingress" if run.parameters["TrafficType"] == "ingress" else "egress",
        loss_percent=run.whole("LossPercent"),
        flows_percent=run.whole("FlowsPercent"),
    )


DOCUMENT = Document(
    name="AWSFIS-Run-Network-Packet-Loss-Sources",
    description="Lose some traffic between an instance and some addresses.",
    run=impairing(_rule),
    fields=(
        DURATION,
        DEPENDENCIES,
        Field(name="Sources", required=True),
        interface("DEFAULT"),
        percent("LossPercent", "7"),
        percent("FlowsPercent", "100"),
        TRAFFIC,
    ),
    network=True,
)
