"""How many targets of each region's load balancer are healthy?"""

from harness.aws.site import Site
from harness.model.reading import Reading
from harness.probes.registry import probe, reading

NAME = "healthy targets"


@probe(NAME, unit="targets", relation="at least")
def healthy_targets(site: Site, bound: float) -> list[Reading]:
    """One reading per region, from DescribeTargetHealth."""
    return [_of(site, region, described.target_group, bound) for region, described in site.stack.regions.items()]


def _of(site: Site, region: str, target_group: str, bound: float) -> Reading:
    states = site.elbv2(region).target_health(target_group)
    healthy = sum(state == "healthy" for state in states.values())
    others = ", ".join(f"{target} {state}" for target, state in states.items() if state != "healthy")
    return reading(NAME, region, healthy, bound, others)
