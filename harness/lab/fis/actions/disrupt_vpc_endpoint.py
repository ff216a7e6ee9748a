"""aws:network:disrupt-vpc-endpoint: what goes from the VPC to the service behind an interface endpoint is dropped."""

from harness.lab.fis.action import ANY_DURATION, Action, Call
from harness.lab.fis.impairments import impaired
from harness.lab.network.rule import Rule


async def _run(call: Call) -> None:
    network, region = call.effects.network, call.region
    others = tuple(network.endpoint(region, service) for service in network.services(region, call.ids()))
    await impaired(call, Rule(ends=(region,), others=others, blocked=True))


ACTION = Action(
    id="aws:network:disrupt-vpc-endpoint",
    description="Disrupt the traffic of VPC endpoints.",
    run=_run,
    targets={"VPCEndpoints": "aws:ec2:vpc-endpoint"},
    parameters={"duration": ANY_DURATION},
)
