"""AWSFIS-Run-Network-Packet-Loss: some of what the instance sends is lost."""

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, interface, percent


def _rule(run: Run) -> Rule:
    return Rule(ends=(run.address,), traffic="egress", loss_percent=run.whole("LossPercent"))


DOCUMENT = Document(
    name="AWSFIS-Run-Network-Packet-Loss",
    description="Lose some of what an instance sends.",
    run=impairing(_rule),
    fields=(DURATION, DEPENDENCIES, interface("eth0"), percent("LossPercent", "7")),
    network=True,
)
