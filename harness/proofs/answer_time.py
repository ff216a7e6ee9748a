"""How long the region's own endpoint takes to answer its health check."""

from statistics import median

from harness.aws.site import Site
from harness.proofs.answers import answers, longer_by
from harness.proofs.registry import Figure, Where, proof

ASKED = 5
LONGER, LONGER_MS = 1.5, 5.0
LOOKS = 2  # of 110 looks at a healthy region one or two alone were that long
longer = longer_by(LONGER, LONGER_MS)


@proof("answer time", unit="ms", shows=longer, looks=LOOKS)
def answer_time(site: Site, where: Where) -> Figure:
    """The median of five GET /health, one after the other; no answer when one of them has none."""
    found = answers(site, where.region, ASKED)
    return median(found) if found else None
