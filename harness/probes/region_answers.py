"""Does each region answer its health check?"""

from harness.aws.health import ask_health
from harness.aws.site import Site
from harness.model.reading import Reading
from harness.probes.registry import probe, reading

NAME = "regions answering"
_TIMEOUT_SECONDS = 3.0


@probe(NAME, unit="regions", relation="at least")
def regions_answering(site: Site, bound: float) -> list[Reading]:
    """GET /health at the endpoint of every region; the value is how many answer 200."""
    failed = {region: why for region in site.stack.regions if (why := _failure(site, region))}
    answering = len(site.stack.regions) - len(failed)
    return [reading(NAME, "all regions", answering, bound, "; ".join(f"{r}: {why}" for r, why in failed.items()))]


def _failure(site: Site, region: str) -> str:
    return ask_health(site.stack.regions[region].url, site.stack.entry.record, _TIMEOUT_SECONDS).failure
