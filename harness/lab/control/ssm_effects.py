"""What FIS does by Systems Manager."""

import asyncio
from collections.abc import Sequence

from harness.lab.control.automations import FAILED as EXECUTION_FAILED
from harness.lab.control.automations import Automations
from harness.lab.control.commands import FAILED, Commands
from harness.lab.fis.action import ActionFailed
from harness.lab.ssm.registry import automation, command, parameters_of


class SsmEffects:
    """Commands and automations that end with the action that began them, if not before."""

    def __init__(self, commands: Commands, automations: Automations) -> None:
        self.commands, self.automations = commands, automations

    async def command(self, region: str, document: str, parameters: str, ids: Sequence[str]) -> None:
        """Run a document on instances to its end; when cancelled, take it back first. Raises ActionFailed."""
        if unreached := [id for id in ids if not self.commands.managed(region, id)]:
            raise ActionFailed(f"no command reaches {', '.join(unreached)}")
        sent = self.commands.send(region, command(document), parameters_of(parameters), ids, "FIS")
        try:
            await sent.over.wait()
        except asyncio.CancelledError:
            self.commands.cancel(sent)
            await sent.over.wait()
            raise
        failed = [f"{i.instance}: {i.error}" for i in sent.invocations.values() if i.status == FAILED]
        if failed:
            raise ActionFailed(f"command {sent.id} failed on {'; '.join(failed)}")

    async def automation(self, region: str, document: str, parameters: str) -> None:
        """Execute an automation to its end; when cancelled, begin no further step of it. Raises ActionFailed."""
        execution = self.automations.start(region, automation(document), parameters_of(parameters))
        try:
            await execution.over.wait()
        except asyncio.CancelledError:
            self.automations.stop(execution)
            await execution.over.wait()
            raise
        if execution.status == EXECUTION_FAILED:
            raise ActionFailed(f"automation {execution.id} failed: {execution.error}")
