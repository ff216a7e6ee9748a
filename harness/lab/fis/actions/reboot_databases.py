"""aws:rds:reboot-db-instances: the servers restart in place, or crash while their standbys are promoted."""

import asyncio

from harness.lab.fis.action import Action, Call, Parameter


async def _run(call: Call) -> None:
    forced = call.parameters.get("forceFailover") == "true"
    reboot = call.effects.databases.fail_over if forced else call.effects.databases.reboot
    await asyncio.gather(*(reboot(call.region, identifier) for identifier in call.ids()))


ACTION = Action(
    id="aws:rds:reboot-db-instances",
    description="Reboot DB instances.",
    run=_run,
    targets={"DBInstances": "aws:rds:db"},
    parameters={"forceFailover": Parameter(description="Fail over to the standby.", choices=("true", "false"))},
)
