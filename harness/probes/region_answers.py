"""Does each region answer its health check?"""

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
    import requests

    url = site.stack.regions[region].url.rstrip("/") + "/health"
    try:
        answer = requests.get(url, headers={"Host": site.stack.entry.record}, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException as error:
        return type(error).__name__
    return "" if answer.status_code == 200 else f"status {answer.status_code}"
