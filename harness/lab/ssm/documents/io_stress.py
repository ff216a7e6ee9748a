"""AWSFIS-Run-IO-Stress: workers write and sync files that take a percentage of the free space."""

from harness.lab.ssm.document import Document, Run, pressing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, Field, percent
from harness.lab.states import Stress
from harness.lab.storefront.stress import MOST_WORKERS


def _stress(run: Run) -> Stress:
    return Stress(io_workers=run.whole("Workers"), io_percent=run.whole("Percent"))


DOCUMENT = Document(
    name="AWSFIS-Run-IO-Stress",
    description="Keep the disk of an instance busy.",
    run=pressing(_stress),
    fields=(
        DURATION,
        DEPENDENCIES,
        Field(name="Workers", default="1", number=(1, MOST_WORKERS)),
        percent("Percent", "80"),
    ),
)
