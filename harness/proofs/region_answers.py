"""Whether the region's own endpoint answers its health check."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Where, proof

ANSWERS, DOES_NOT = "answers", "does not answer"


def fell_silent(before: Figure, now: Figure) -> bool:
    """It answered before; one that answers again is back from something else."""
    return (before, now) == (ANSWERS, DOES_NOT)


@proof("region answers", unit="", shows=fell_silent)
def region_answers(site: Site, where: Where) -> Figure:
    """GET /health at the endpoint of the region."""
    return ANSWERS if site.answer_ms(where.region) is not None else DOES_NOT
