"""Whether the region's own endpoint answers its health check."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, another, proof


@proof("region answers", unit="", shows=another)
def region_answers(site: Site, where: Where) -> Figure:
    """GET /health at the endpoint of the region."""
    return "answers" if site.answer_ms(where.region) is not None else "does not answer"
