"""How long the slowest of some answers takes: what strikes but a few of them leaves their median as it is."""

from harness.aws.site import Site
from harness.proofs.answers import answers, longer_by
from harness.proofs.registry import Figure, Where, proof

ASKED = 10
LONGER, LONGER_MS = 3.0, 100.0
much_longer = longer_by(LONGER, LONGER_MS)


@proof("slowest answer", unit="ms", shows=much_longer)
def slowest_answer(site: Site, where: Where) -> Figure:
    """Of ten GET /health at the endpoint of the region, one after the other; no answer when one of them has none."""
    found = answers(site, where.region, ASKED)
    return max(found) if found else None
