"""aws:network:transit-gateway-disrupt-cross-region-connectivity: the peering with another region carries nothing.

All that goes from region to region goes through the gateways: the replication of databases, and instances to a database
far away.
"""

from harness.lab.fis.action import Action, ActionFailed, Call
from harness.lab.fis.cross_region import PARAMETERS, isolate


async def _run(call: Call) -> None:
    other = call.parameters["region"]
    if other not in call.effects.network.peers(call.region, call.ids()):
        raise ActionFailed(f"{', '.join(call.ids())} of {call.region} has no peering with {other!r}")
    await isolate(call, (call.region,))


ACTION = Action(
    id="aws:network:transit-gateway-disrupt-cross-region-connectivity",
    description="Disrupt the connectivity of transit gateways with another region.",
    run=_run,
    targets={"TransitGateways": "aws:ec2:transit-gateway"},
    parameters=PARAMETERS,
)
