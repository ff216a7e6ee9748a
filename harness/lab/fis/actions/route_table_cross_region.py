"""aws:network:route-table-disrupt-cross-region-connectivity: nothing passes between subnets and another region."""

from harness.lab.fis.action import Action, Call
from harness.lab.fis.cross_region import PARAMETERS, isolate


async def _run(call: Call) -> None:
    network = call.effects.network
    places, hosts = network.places(call.region, call.ids()), network.hosts(call.region)
    await isolate(call, tuple(name for place in places for name in hosts.get(place, (place,))))


ACTION = Action(
    id="aws:network:route-table-disrupt-cross-region-connectivity",
    description="Disrupt the connectivity of subnets with another region.",
    run=_run,
    targets={"Subnets": "aws:ec2:subnet"},
    parameters=PARAMETERS,
)
