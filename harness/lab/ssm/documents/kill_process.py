"""AWSFIS-Run-Kill-Process: the one process that an instance of the lab has, the app, gets a signal."""

from collections.abc import Mapping

from harness.lab.ssm.document import Document, Run
from harness.lab.ssm.field import DEPENDENCIES, Field

APP = "storefront"


async def _run(run: Run) -> None:
    await run.machine.signal(run.instance, run.parameters["Signal"])


def _cannot(parameters: Mapping[str, str]) -> str | None:
    name = parameters["ProcessName"]
    return None if name == APP else f"ProcessName {name!r}: its instances run one process, {APP!r}"


DOCUMENT = Document(
    name="AWSFIS-Run-Kill-Process",
    description="Kill a process of an instance.",
    run=_run,
    fields=(
        DEPENDENCIES,
        Field(name="ProcessName", required=True),
        Field(name="Signal", default="SIGTERM", choices=("SIGTERM", "SIGKILL")),
    ),
    cannot=_cannot,
)
