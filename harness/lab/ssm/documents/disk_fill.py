"""AWSFIS-Run-Disk-Fill: the disk of the instance is filled up to a percentage."""

from harness.lab.ssm.document import Document, Run, pressing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, percent
from harness.lab.states import Stress


def _stress(run: Run) -> Stress:
    return Stress(disk_percent=run.whole("Percent"))


DOCUMENT = Document(
    name="AWSFIS-Run-Disk-Fill",
    description="Fill the disk of an instance.",
    run=pressing(_stress),
    fields=(DURATION, DEPENDENCIES, percent("Percent", "95")),
)
