"""AWSFIS-Run-CPU-Stress: the CPU of the instance is kept busy; CPU 0 is all it has, which is one."""

from harness.lab.ssm.document import Document, Run, pressing
from harness.lab.ssm.field import DEPENDENCIES, DURATION, Field, percent
from harness.lab.states import Stress
from harness.lab.storefront.stress import MOST_WORKERS


def _stress(run: Run) -> Stress:
    return Stress(cpu_percent=run.whole("LoadPercent"), cpu_workers=run.whole("CPU"))


DOCUMENT = Document(
    name="AWSFIS-Run-CPU-Stress",
    description="Keep the CPUs of an instance busy.",
    run=pressing(_stress),
    fields=(
        DURATION,
        DEPENDENCIES,
        Field(name="CPU", default="0", number=(0, MOST_WORKERS)),
        percent("LoadPercent", "100"),
    ),
)
