"""aws:network:disrupt-connectivity, scope all: nothing passes in or out of the subnets' zones.

When every subnet of a region is a target the region as a whole is cut, its load balancer and database with it.
"""

from collections.abc import Mapping

from harness.lab.fis.action import DURATION, Action, Call, Parameter

_SCOPES = ("all", "availability-zone", "dynamodb", "prefix-list", "s3", "s3express", "vpc")


async def _run(call: Call) -> None:
    try:
        await call.effects.network.cut(call.name, call.effects.network.places(call.region, call.ids()))
        await call.last()
    finally:
        await call.effects.network.mend(call.name)


def _cannot(parameters: Mapping[str, str]) -> str | None:
    scope = parameters["scope"]
    return None if scope == "all" else f"scope {scope!r} (it can do scope 'all')"


ACTION = Action(
    id="aws:network:disrupt-connectivity",
    description="Disrupt the connectivity of subnets.",
    run=_run,
    targets={"Subnets": "aws:ec2:subnet"},
    parameters={
        "scope": Parameter(description="Which traffic is dropped.", required=True, choices=_SCOPES),
        "duration": DURATION,
        "prefixListIdentifier": Parameter(description="For scope prefix-list."),
    },
    cannot=_cannot,
)
