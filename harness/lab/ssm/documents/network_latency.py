"""AWSFIS-Run-Network-Latency: whatever the instance sends is late."""

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, interface, milliseconds


def _rule(run: Run) -> Rule:
    return Rule(ends=(run.address,), traffic="egress", delay_ms=run.whole("DelayMilliseconds"))


DOCUMENT = Document(
    name="AWSFIS-Run-Network-Latency",
    description="Delay what an instance sends.",
    run=impairing(_rule),
    fields=(DURATION, DEPENDENCIES, interface("eth0"), milliseconds("DelayMilliseconds", "200")),
    network=True,
)
