"""aws:elasticache:replicationgroup-interrupt-az-power: the cache nodes in a zone die, and come back empty."""

from harness.lab.fis.action import DURATION, Action, ActionFailed, Call

_ZONE = "availabilityZoneIdentifier"


async def _run(call: Call) -> None:
    zone, caches = call.chosen_by.get(_ZONE), call.effects.caches
    if zone is None:
        raise ActionFailed(f"the target has no {_ZONE}")
    try:
        await caches.power_off(call.region, call.ids(), zone)
        await call.last()
    finally:
        await caches.power_on(call.region, call.ids(), zone)


ACTION = Action(
    id="aws:elasticache:replicationgroup-interrupt-az-power",
    description="Interrupt the power of nodes of replication groups in a zone.",
    run=_run,
    targets={"ReplicationGroups": "aws:elasticache:replicationgroup"},
    parameters={"duration": DURATION},
)
