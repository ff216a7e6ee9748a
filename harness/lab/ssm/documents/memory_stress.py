"""AWSFIS-Run-Memory-Stress: a percentage of the instance's memory is taken, by however many workers."""

from harness.lab.ssm.document import Document, Run, pressing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, MOST_SHARERS, Field, percent
from harness.lab.states import Stress


def _stress(run: Run) -> Stress:
    return Stress(memory_percent=run.whole("Percent"))


DOCUMENT = Document(
    name="AWSFIS-Run-Memory-Stress",
    description="Fill the memory of an instance.",
    run=pressing(_stress),
    fields=(
        DURATION,
        DEPENDENCIES,
        percent("Percent"),
        Field(name="Workers", default="1", number=(1, MOST_SHARERS)),
    ),
)
