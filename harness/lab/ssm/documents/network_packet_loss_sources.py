"""AWSFIS-Run-Network-Packet-Loss-Sources: some traffic between the instance and some addresses is lost, one way."""

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing, one_way
from harness.lab.ssm.field import DEPENDENCIES, DURATION, TRAFFIC, Field, interface, percent


def _rule(run: Run) -> Rule:
    return one_way(run, loss_percent=run.whole("LossPercent"))


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
