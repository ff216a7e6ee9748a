"""aws:network:disrupt-connectivity: traffic of subnets is denied, all of it or what goes to some others.

When every subnet of a region is a target the region as a whole is meant, its load balancer and database with it.
"""

from collections.abc import Awaitable, Callable, Mapping

from harness.lab.addresses import outside
from harness.lab.fis.action import DURATION, Action, Call, Parameter
from harness.lab.network.rule import Rule

_SCOPES = ("all", "availability-zone", "dynamodb", "prefix-list", "s3", "s3express", "vpc")


async def _all(call: Call) -> None:
    network = call.effects.network
    await network.cut(call.name, network.places(call.region, call.ids()))


async def _availability_zone(call: Call) -> None:
    """Each zone loses the others of its VPC, the databases in them too; the load balancer is in every zone."""
    network = call.effects.network
    hosts = network.hosts(call.region)
    rules = [
        Rule(
            ends=hosts[zone],
            others=tuple(name for other, names in hosts.items() if other != zone for name in names),
            blocked=True,
        )
        for zone in network.zones(call.region, call.ids())
    ]
    await network.impair(call.name, rules)


async def _vpc(call: Call) -> None:
    network, region = call.effects.network, call.region
    services = (network.endpoint(region, service) for service in ("dynamodb", "s3"))
    others = (*outside(region), *services)
    await network.impair(call.name, [Rule(ends=_ends(call), others=others, blocked=True)])


async def _service(call: Call) -> None:
    others = (call.effects.network.endpoint(call.region, call.parameters["scope"]),)
    await call.effects.network.impair(call.name, [Rule(ends=_ends(call), others=others, blocked=True)])


def _ends(call: Call) -> tuple[str, ...]:
    return tuple(call.effects.network.places(call.region, call.ids()))


_INJECT: Mapping[str, Callable[[Call], Awaitable[None]]] = {
    "all": _all,
    "availability-zone": _availability_zone,
    "dynamodb": _service,
    "s3": _service,
    "vpc": _vpc,
}


async def _run(call: Call) -> None:
    try:
        await _INJECT[call.parameters["scope"]](call)
        await call.last()
    finally:
        await call.effects.network.mend(call.name)


def _cannot(parameters: Mapping[str, str]) -> str | None:
    scope = parameters["scope"]
    return None if scope in _INJECT else f"scope {scope!r} (it can do {', '.join(_INJECT)})"


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
