"""AWSFIS-Run-Network-Latency-Sources: traffic between the instance and some addresses is late, one way."""

from harness.lab.network.rule import Rule
from harness.lab.ssm.document import Document, Run, impairing, one_way
from harness.lab.ssm.field import DEPENDENCIES, DURATION, TRAFFIC, Field, interface, milliseconds, percent


def _rule(run: Run) -> Rule:
    return one_way(run, delay_ms=run.whole("DelayMilliseconds"), jitter_ms=run.whole("JitterMilliseconds"))


DOCUMENT = Document(
    name="AWSFIS-Run-Network-Latency-Sources",
    description="Delay traffic between an instance and some addresses.",
    run=impairing(_rule),
    fields=(
        DURATION,
        DEPENDENCIES,
        Field(name="Sources", required=True),
        interface("DEFAULT"),
        milliseconds("DelayMilliseconds", "200"),
        milliseconds("JitterMilliseconds", "10"),
        percent("FlowsPercent", "100"),
        TRAFFIC,
    ),
    network=True,
)
