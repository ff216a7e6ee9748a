"""aws:rds:reboot-db-instances: the servers restart in place. The lab has no Multi-AZ, so it cannot force a failover."""

import asyncio
from collections.abc import Mapping

from harness.lab.fis.action import Action, Call, Parameter


async def _run(call: Call) -> None:
    await asyncio.gather(*(call.effects.databases.reboot(call.region, identifier) for identifier in call.ids()))


def _cannot(parameters: Mapping[str, str]) -> str | None:
    return "forceFailover, for its databases are not Multi-AZ" if parameters.get("forceFailover") == "true" else None


ACTION = Action(
    id="aws:rds:reboot-db-instances",
    description="Reboot DB instances.",
    run=_run,
    targets={"DBInstances": "aws:rds:db"},
    parameters={"forceFailover": Parameter(description="Fail over to the standby.", choices=("true", "false"))},
    cannot=_cannot,
)
