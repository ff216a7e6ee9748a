"""aws:rds:failover-db-cluster: the writer's server crashes, the reader is promoted and becomes the writer."""

import asyncio

from harness.lab.fis.action import Action, Call


async def _run(call: Call) -> None:
    databases = call.effects.databases
    await asyncio.gather(*(databases.fail_over_cluster(call.region, identifier) for identifier in call.ids()))


ACTION = Action(
    id="aws:rds:failover-db-cluster",
    description="Fail over DB clusters to a reader.",
    run=_run,
    targets={"Clusters": "aws:rds:cluster"},
)
